-- expect: no-data "subscribe to a channel before you receive"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDIS, { password = "correct horse" }):receive()
  end,
}
