-- Every event (transition, alert, gate, action ...) on NATS or Redis, as {"event", "subject", "at", "data"}, beside
-- NOTIFY signalbox_events, which Postgres always carries.
--   settings: bus = { nats = "nats://10.0.0.9:4222", subject = "signalbox", user = "signalbox" }
--   secrets:  bus-password (when user is set)
--   settings: bus = { redis = "redis://10.0.0.9:6379", subject = "signalbox" }
local mine = settings.bus
if not mine then
  return
end
local subject = mine.subject or "signalbox"
local options = mine.user and { user = mine.user, password = secret "bus-password" } or {}

local function connect()
  if mine.nats then
    return nats.connect(mine.nats, options)
  end
  return redis.connect(mine.redis, options)
end

channel {
  name = "bus",
  title = "Event bus",
  timeout = "10s",
  send = function(message)
    local bus = connect()
    for _, one in ipairs(message.live or { { event = "alert", data = message } }) do
      -- NATS has subjects in levels: signalbox.transition; Redis has one channel.
      bus:publish(mine.nats and subject .. "." .. one.event or subject, json.encode(one))
    end
  end,
}
