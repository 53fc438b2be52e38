-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTPS .. "/ok", { verify = false }):expect(200)
  end,
}
