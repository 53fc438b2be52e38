-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local server = grpc.health(at.GRPC)
    assert(server.status == "SERVING" and server.serving and server.ms > 0, server.status)
    assert(grpc.health(at.GRPC .. "/", "render.v1.Renderer").serving)
    local not_serving = grpc.health(at.GRPC, "s" .. ("x"):rep(126), { timeout = "5s" })
    assert(not_serving.status == "NOT_SERVING" and not not_serving.serving)
    assert(grpc.health(at.GRPC, "odd").status == "SERVICE_UNKNOWN")
    assert(grpc.health(at.GRPC_TLS, { ca = at.TEST_CA }).serving)
  end,
}
