-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = tls.check("localhost", math.tointeger(at.TLS_ITSELF))
    assert(not site.valid and site.self_signed and site.error:find "self.signed", site.error)
    assert(site.subject == site.issuer and #site.chain == 1)
  end,
}
