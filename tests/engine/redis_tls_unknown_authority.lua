-- expect: down "certificate refused"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDISS, { cert = at.CLIENT_CERT, key = at.CLIENT_KEY })
  end,
}
