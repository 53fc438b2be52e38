-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local bus, other = nats.connect(at.NATS), nats.connect(at.NATS)
    assert(bus.server == "test" and bus.version:find "^2%.%d+" and bus.connect_ms > 0 and bus:ping() > 0)
    bus:subscribe "signalbox.one"
    bus:subscribe "signalbox.any.*"
    bus:publish("signalbox.one", "there and back\r\n\0")
    local subject, text = bus:receive()
    assert(subject == "signalbox.one" and text == "there and back\r\n\0")
    other:publish("signalbox.any.2", "")
    other:publish("signalbox.other", "nobody")
    other:publish("signalbox.one", ("x"):rep(90000))
    subject, text = bus:receive "5s"
    assert(subject == "signalbox.any.2" and text == "")
    assert(select(2, bus:receive()) == ("x"):rep(90000))
    local ok, why = pcall(bus.receive, bus, "100ms")
    assert(not ok and why.message:find "nats receive: nothing came within %d+ ms", why)
  end,
}
