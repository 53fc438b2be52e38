-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local bus = nats.connect(at.NATS_USERS, { user = "signalbox", password = "correct horse" })
    bus:subscribe "open.a"
    local ok, why = pcall(bus.subscribe, bus, "closed.a")
    assert(not ok and why.message:find 'nats: Permissions Violation for Subscription to "closed.a"', why)
    ok, why = pcall(bus.publish, bus, "closed.a", "x")
    assert(not ok and why.message:find 'Permissions Violation for Publish to "closed.a"', why)
    bus:publish("open.a", "y")
    assert(select(2, bus:receive()) == "y", "a refusal of one thing is not the end of the others")
    assert(nats.connect(at.NATS_TOKEN, { token = "correct horse" }):ping() > 0)
  end,
}
