-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    for _ = 1, 20 do
      redis.connect(at.REDIS, { password = "correct horse" })
    end
  end,
}
