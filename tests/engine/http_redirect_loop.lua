-- expect: down "answered 302"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/loop"):expect(200)
  end,
}
