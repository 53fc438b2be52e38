-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- The server demands it; so may the address.
    assert(nats.connect(at.NATS_TLS, { ca = at.TEST_CA }):ping() > 0)
    assert(nats.connect((at.NATS_TLS:gsub("nats:", "tls:")), { ca = at.TEST_CA }):ping() > 0)
    assert(nats.connect(at.NATS_TLS, { verify = false }):ping() > 0)
  end,
}
