-- expect: down "is broken"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = at.DNS_SHORT, timeout = "1s" })
  end,
}
