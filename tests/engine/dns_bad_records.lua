-- expect: down "is broken"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local text = dns.query("a.test", "TXT", { server = at.DNS_BAD_TXT, timeout = "1s" })
    assert(text[1].text == "", text[1].text)
    local ok, why = pcall(dns.query, "a.test", "CNAME", { server = at.DNS_LOOP, timeout = "1s" })
    assert(not ok and why.message:find "is broken", why)
    dns.query("a.test", "A", { server = at.DNS_BAD_A, timeout = "1s" })
  end,
}
