-- expect: down "answered 400, expected 101"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    ws.connect("wss://localhost:" .. at.NGINX_CLIENT .. "/who", { ca = at.TEST_CA })
  end,
}
