-- expect: down "answered 200, and not by gRPC"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- nginx speaks HTTP/1.1 there: an answer, and none of gRPC.
    grpc.health("https://localhost:" .. at.NGINX, { ca = at.TEST_CA })
  end,
}
