-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = tls.check("localhost", math.tointeger(at.TLS_EXPIRED), { ca = at.TEST_CA })
    assert(not site.valid and site.error == "certificate has expired", site.error)
    assert(site.days_left < 0 and site.days_left >= -1.1, tostring(site.days_left))
  end,
}
