-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- The intermediate is not sent: browsers may have it, other programs do not.
    local site = tls.check("localhost", math.tointeger(at.TLS_LONELY), { ca = at.TEST_CA })
    assert(not site.valid and site.error == "unable to get local issuer certificate" and #site.chain == 1, site.error)
  end,
}
