-- expect: down "error 12 of gRPC"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    grpc.health(at.GRPC_BARE)
  end,
}
