-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = tls.check("localhost", math.tointeger(at.TLS_OTHER), { ca = at.TEST_CA })
    assert(not site.valid and site.error == "hostname mismatch", site.error)
    assert(site.subject == "CN=other.example,O=Größe", site.subject)
    assert(site.names == "other.example, *.other.example, 0:0:0:0:0:0:0:1", site.names)
    site = tls.check("127.0.0.1", math.tointeger(at.TLS_OTHER), { ca = at.TEST_CA })
    assert(site.error == "IP address mismatch", site.error)
    assert(tls.check("localhost", math.tointeger(at.TLS_OTHER), { ca = at.TEST_CA, server_name = "a.other.example" }).valid)
  end,
}
