-- expect: down "no answer for"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = at.DNS_SILENT, timeout = "300ms" })
  end,
}
