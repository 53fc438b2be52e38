-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local conn = redis.connect(at.REDIS .. "/3", { password = "correct horse" })
    assert(conn:command("SET", "key", "one\r\ntwo\0three") == "OK")
    assert(conn:command("GET", "key") == "one\r\ntwo\0three")
    assert(conn:command("GET", "none") == nil)
    assert(conn:command("INCRBY", "number", 41) == 41 and conn:command("INCRBY", "number", 1) == 42)
    conn:command("RPUSH", "list", "a", 2, "")
    local list = conn:command("LRANGE", "list", 0, -1)
    assert(#list == 3 and list[1] == "a" and list[2] == "2" and list[3] == "")
    local both = conn:command("MGET", "key", "none")
    assert(both[1] and both[2] == false)
    local deep = conn:command("EVAL", "return {1, {2, {'three'}}}", 0)
    assert(deep[2][2][1] == "three")
    assert(conn:command("CLIENT", "INFO"):find "db=3 ")
    assert(conn:ping() > 0 and conn.connect_ms > 0)
  end,
}
