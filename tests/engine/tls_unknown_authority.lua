-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- The system's authorities do not know the tests' one.
    local site = tls.check("localhost", math.tointeger(at.NGINX))
    assert(not site.valid and site.error == "unable to get local issuer certificate", site.error)
  end,
}
