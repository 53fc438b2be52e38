-- expect: down "timed out after 0.3 s"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    grpc.health(at.GRPC, "slow", { timeout = "300ms" })
  end,
}
