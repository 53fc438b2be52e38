-- expect: down "the answer is not one of Redis"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect((at.HTTP:gsub("http:", "redis:"))):ping()
  end,
}
