-- expect: down "closed the connection"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("redis://127.0.0.1:" .. at.REDIS_CUT):command("GET", "x")
  end,
}
