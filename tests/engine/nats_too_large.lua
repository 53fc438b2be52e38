-- expect: down "nats"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local bus = nats.connect(at.NATS)
    bus:publish("signalbox", ("x"):rep(100001))
  end,
}
