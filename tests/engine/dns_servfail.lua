-- expect: down "returned general failure"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = at.DNS_SERVFAIL, timeout = "1s" })
  end,
}
