-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    for name, sentence in pairs {
      CUT = "the other side closed the connection",
      NO_SIZE = "a message without a size",
      NEGATIVE = "a message without a size",
      HUGE = "a message is larger than 1048576 bytes",
      LONGER = "a message is longer than its size",
      NONSENSE = "it says HELLO",
      FLOOD = "more messages came than were received",
    } do
      local bus = nats.connect("nats://127.0.0.1:" .. at["NATS_" .. name])
      pcall(bus.subscribe, bus, "a")
      local ok, why
      repeat
        ok, why = pcall(bus.ping, bus)
      until not ok
      assert(tostring(why):find(sentence, 1, true), name .. ": " .. tostring(why))
    end
  end,
}
