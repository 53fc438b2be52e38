-- expect: down "the answer is not one of Redis"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("redis://127.0.0.1:" .. at.REDIS_DEEP):command("GET", "x")
  end,
}
