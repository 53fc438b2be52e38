-- expect: down "redis: "
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDISS, { ca = at.TEST_CA }):ping()
  end,
}
