-- expect: down "grpc.health http://127.0.0.1"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    grpc.health(at.HTTP)
  end,
}
