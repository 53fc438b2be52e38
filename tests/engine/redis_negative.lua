-- expect: down "redis"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("redis://127.0.0.1:" .. at.REDIS_NEGATIVE, { timeout = "300ms" }):command("GET", "x")
  end,
}
