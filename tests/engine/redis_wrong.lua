-- expect: down "redis PING: the answer is not PONG"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local conn = redis.connect("redis://127.0.0.1:" .. at.REDIS_WRONG)
    local ok, why = pcall(conn.info, conn)
    assert(not ok and why.message == "redis INFO: the answer is no text", why)
    conn:ping()
  end,
}
