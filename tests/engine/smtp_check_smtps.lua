-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local server = smtp.check(at.SMTPS, { ca = at.TEST_CA })
    assert(server.tls and not server.starttls and server.banner:find("220 mail.test", 1, true))
    assert(smtp.check(at.SMTPS, { verify = false }).tls)
  end,
}
