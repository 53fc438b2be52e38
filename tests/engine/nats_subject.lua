-- expect: no-data "a subject such as"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local bus = nats.connect(at.NATS)
    local ok, why = pcall(bus.publish, bus, "a 1\r\nPUB b", "x")
    assert(not ok and why:find "a subject such as", why)
    bus:subscribe "a b"
  end,
}
