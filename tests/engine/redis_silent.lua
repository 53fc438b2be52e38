-- expect: down "redis PING: nothing came within"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("redis://127.0.0.1:" .. at.SILENT, { timeout = "200ms" }):ping()
  end,
}
