-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    assert(redis.connect("unix:" .. at.REDIS_SOCKET, { password = "correct horse" }):ping() > 0)
  end,
}
