-- expect: down "refused query"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = at.DNS_REFUSED, timeout = "1s" })
  end,
}
