-- expect: healthy
-- Over STARTTLS, verified up to an authority two steps away, logged in.
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local server = smtp.check(at.SMTP, { ca = at.TEST_CA, user = "signalbox", password = "correct horse" })
    assert(server.banner:find("220 mail.test", 1, true), server.banner)
    assert(server.starttls and server.tls)
    assert(server.auth:find "PLAIN" and server.auth:find "LOGIN", server.auth)
    assert(math.type(server.size_most) == "integer" and server.size_most == 33554432, server.size_most)
    assert(server.banner_ms > 0 and server.banner_ms <= server.ms)
  end,
}
