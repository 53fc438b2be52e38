-- expect: down "the answer is larger than 1048576 bytes"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("redis://127.0.0.1:" .. at.REDIS_HUGE):command("GET", "x")
  end,
}
