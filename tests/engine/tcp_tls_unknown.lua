-- expect: down "certificate refused"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    tcp.connect("127.0.0.1", math.tointeger(at.HTTPS_PORT), { tls = true })
  end,
}
