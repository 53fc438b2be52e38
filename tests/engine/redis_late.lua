-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- An answer that comes after its call was given up is not taken for the next one's.
    local conn = redis.connect(at.REDIS, { password = "correct horse", timeout = "200ms" })
    local ok, why = pcall(conn.command, conn, "BLPOP", "late", 1)
    assert(not ok and why.message:find "redis BLPOP: nothing came within %d+ ms", why)
    local other = redis.connect(at.REDIS, { password = "correct horse" })
    other:command("RPUSH", "late", "there it is")
    assert(conn:command("ECHO", "mine") == "mine")
  end,
}
