-- The event bus: publish something and receive it, through Postgres LISTEN/NOTIFY.
local bus = settings.event_bus or {}

if bus.url then
  service {
    name = "event_bus",
    title = "Event bus",
    group = "Platform",
    critical = true,
    timeout = "5s",

    probe = function()
      local db = pg.connect(bus.url)
      local channel = "signalbox_check_" .. math.random(1000000000)
      local message = tostring(math.random(1000000000))
      db:listen(channel)
      local sent_ms = time.mono_ms()
      db:notify(channel, message)
      local from, received = db:wait_notify()
      return { delivered = from == channel and received == message, round_trip_ms = time.mono_ms() - sent_ms }
    end,

    limits = {
      delivered = { down = "== false" },
      round_trip_ms = { degraded = "> 250" },
    },
  }
end
