-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get("http://localhost/ok", { unix = at.UNIX }):expect(200)
  end,
}
