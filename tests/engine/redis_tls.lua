-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local conn = redis.connect(at.REDISS, { ca = at.TEST_CA, cert = at.CLIENT_CERT, key = at.CLIENT_KEY })
    assert(conn:ping() > 0)
    conn:command("SET", "large", ("x"):rep(300000))
    assert(conn:command("GET", "large") == ("x"):rep(300000))
  end,
}
