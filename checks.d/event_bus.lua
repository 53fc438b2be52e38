-- The event bus: publish something and receive it. It is carried by Postgres LISTEN/NOTIFY (settings.event_bus.url), by NATS (.nats) or by
-- Redis (.redis).
local bus = settings.event_bus or {}

local function login()
  return { user = bus.user, password = bus.password_file and secret(bus.password_file), ca = bus.ca }
end

-- Each opens what it needs and returns two functions: one that publishes a text, one that waits for it and returns channel and text.
local carriers = {
  postgres = function(channel)
    local db = pg.connect(bus.url)
    db:listen(channel)
    return function(text)
      db:notify(channel, text)
    end, function()
      return db:wait_notify()
    end
  end,

  nats = function(channel)
    local conn = nats.connect(bus.nats, login())
    conn:subscribe(channel)
    return function(text)
      conn:publish(channel, text)
    end, function()
      return conn:receive()
    end
  end,

  redis = function(channel)
    local sender, receiver = redis.connect(bus.redis, login()), redis.connect(bus.redis, login())
    receiver:subscribe(channel)
    return function(text)
      sender:publish(channel, text)
    end, function()
      return receiver:receive()
    end
  end,
}

local carrier = bus.nats and "nats" or bus.redis and "redis" or bus.url and "postgres"

if carrier then
  service {
    name = "event_bus",
    title = "Event bus",
    group = "Platform",
    critical = true,
    timeout = "5s",

    probe = function()
      local channel = "signalbox.check." .. math.random(1000000000)
      local message = tostring(math.random(1000000000))
      local publish, receive = carriers[carrier](channel)
      local sent_ms = time.mono_ms()
      publish(message)
      local from, received = receive()
      return { carrier = carrier, delivered = from == channel and received == message, round_trip_ms = time.mono_ms() - sent_ms }
    end,

    limits = {
      delivered = { down = "== false" },
      round_trip_ms = { degraded = "> 250" },
    },
  }
end
