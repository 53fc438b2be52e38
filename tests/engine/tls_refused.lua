-- expect: down "connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check("127.0.0.1", math.tointeger(at.CLOSED))
  end,
}
