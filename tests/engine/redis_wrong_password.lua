-- expect: down "redis: WRONGPASS"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDIS, { user = "default", password = "battery staple" })
  end,
}
