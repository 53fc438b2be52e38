-- expect: down "timed out after 0.3 s"
local at = settings.env
service {
  name = "case",
  timeout = "300ms",
  probe = function()
    dns.query("a.test", { server = at.DNS_SILENT })
  end,
}
