-- expect: down "certificate"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    grpc.health(at.GRPC_TLS)
  end,
}
