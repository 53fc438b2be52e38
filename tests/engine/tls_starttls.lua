-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local mail = tls.check("localhost", math.tointeger(at.SMTP:match "%d+$"), { starttls = "smtp", ca = at.TEST_CA })
    assert(mail.valid and mail.subject == "CN=localhost", mail.error)
  end,
}
