-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local fine, why = pcall(http.get, "http://127.0.0.1:" .. at.CLOSED .. "/")
    return { fine = fine, why = tostring(why) }
  end,
  limits = { fine = { down = "== true" } },
}
