-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = http.get(at.HTTP .. "/ok"):expect(200)
    return { same = r.body == "fine" and r.status == 200 and r.ms > 0 and r.headers["content-length"] == "4" }
  end,
  limits = { same = { down = "== false" } },
}
