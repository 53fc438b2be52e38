-- expect: down "no answer for"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = "127.0.0.1:" .. at.CLOSED, timeout = "1s" })
  end,
}
