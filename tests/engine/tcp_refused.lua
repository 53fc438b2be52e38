-- expect: down "connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    tcp.ping("127.0.0.1", math.tointeger(at.CLOSED))
  end,
}
