-- expect: down "error 5 of gRPC: there is no service none"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local ok, why = pcall(grpc.health, at.GRPC, "none")
    assert(not ok and why.code == 5, why)
    grpc.health(at.GRPC, "none")
  end,
}
