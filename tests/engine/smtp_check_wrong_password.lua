-- expect: down "AUTH: the server says 535 5.7.8 Authentication credentials invalid"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check(at.SMTP, { ca = at.TEST_CA, user = "signalbox", password = "battery staple" })
  end,
}
