-- expect: down "redis LPUSH: WRONGTYPE"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local conn = redis.connect(at.REDIS, { password = "correct horse" })
    conn:command("SET", "text", "a")
    local ok, why = pcall(conn.command, conn, "NO-SUCH")
    assert(not ok and why.message:find "unknown command", why)
    assert(conn:command("GET", "text") == "a")
    conn:command("LPUSH", "text", "b")
  end,
}
