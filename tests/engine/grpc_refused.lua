-- expect: down "Connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    grpc.health("http://127.0.0.1:" .. at.CLOSED)
  end,
}
