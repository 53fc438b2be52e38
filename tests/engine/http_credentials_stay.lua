-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = http.get(at.HTTP .. "/elsewhere", { bearer = "token", headers = { Cookie = "a=b", ["X-Mine"] = "1" } }):json()
    local here = http.get(at.HTTP .. "/echo", { bearer = "token" }):json()
    return {
      leaked = r.headers.authorization ~= nil or r.headers.cookie ~= nil,
      kept = r.headers["x-mine"] == "1" and here.headers.authorization == "Bearer token",
    }
  end,
  limits = { leaked = { down = "== true" }, kept = { down = "== false" } },
}
