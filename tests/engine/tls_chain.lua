-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = tls.check("localhost", math.tointeger(at.NGINX), { ca = at.TEST_CA })
    assert(site.valid and site.error == nil, site.error)
    assert(site.days_left > 89 and site.days_left <= 90 and site.chain_days_left == site.days_left, tostring(site.days_left))
    assert(math.abs(time.parse(site.expires) - time.now() - 90 * 86400) < 3600, site.expires)
    assert(site.subject == "CN=localhost" and site.issuer == "CN=Test intermediate,O=Signalbox", site.issuer)
    assert(site.names == "localhost, 127.0.0.1" and not site.self_signed and site.version == "TLSv1.3" and site.cipher:find "^TLS_AES")
    assert(#site.chain == 2 and site.chain[2].subject == site.issuer and site.chain[2].days_left > 290)
    assert(site.connect_ms > 0 and site.handshake_ms > 0)
    assert(tls.check("127.0.0.1", math.tointeger(at.NGINX), { ca = at.TEST_CA }).valid)
  end,
}
