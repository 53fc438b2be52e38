-- expect: down "none.sock: no such file or directory"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    tcp.ping("unix:" .. at.DIR .. "/none.sock")
  end,
}
