-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local here = { server = at.DNS }
    local a = dns.query("a.test", here)
    assert(#a == 1 and a[1].address == "192.0.2.1" and a[1].ttl == 300 and a[1].name == "a.test" and a.ms > 0)
    assert(dns.query("a.test", "AAAA", here)[1].address == "2001:db8::1")
    assert(#dns.query("many.test", "A", here) == 2)
    local behind = dns.query("alias.test", "A", here)
    assert(#behind == 1 and behind[1].address == "192.0.2.1" and behind[1].name == "a.test", behind[1].name)
    assert(dns.query("alias.test", "CNAME", here)[1].host == "a.test")
    local mail = dns.query("test", "mx", here)
    table.sort(mail, function(x, y)
      return x.priority < y.priority
    end)
    assert(#mail == 2 and mail[1].host == "mail1.test" and mail[1].priority == 10 and mail[2].host == "mail2.test")
    local sip = dns.query("_sip._tcp.test", "SRV", here)[1]
    assert(sip.host == "sip.test" and sip.port == 5060 and sip.priority == 10 and sip.weight == 20)
    assert(dns.query("test", "TXT", here)[1].text == "v=spf1 -all")
    local parts = dns.query("parts.test", "TXT", here)[1].text
    assert(parts == "one and two", parts)
    assert(dns.query("1.2.0.192.in-addr.arpa", "PTR", here)[1].host == "a.test")
    assert(#dns.query("large.test", "TXT", here) == 12, "what does not fit into a datagram comes over TCP")
  end,
}
