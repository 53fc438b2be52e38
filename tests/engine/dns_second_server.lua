-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- The first is silent, the second knows.
    local a = dns.query("a.test", "A", { server = { at.DNS_SILENT, at.DNS }, timeout = "3s" })
    assert(a[1].address == "192.0.2.1")
  end,
}
