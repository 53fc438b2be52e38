-- expect: down "redis PING: NOAUTH"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDIS):ping()
  end,
}
