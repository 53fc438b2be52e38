-- expect: degraded "days_left 4.9 < 14"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = tls.check("localhost", math.tointeger(at.TLS_SOON), { ca = at.TEST_CA })
    assert(site.valid and site.version == "TLSv1.2")
    return { days_left = site.days_left }
  end,
  limits = { days_left = { degraded = "< 14", down = "< 1" } },
}
