-- expect: down "no such file or directory"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect("unix:" .. at.DIR .. "/none.sock")
  end,
}
