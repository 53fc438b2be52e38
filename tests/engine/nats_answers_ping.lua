-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local bus = nats.connect("nats://127.0.0.1:" .. at.NATS_PINGS)
    bus:subscribe "a"
    assert(select(2, bus:receive()) == "ok")
  end,
}
