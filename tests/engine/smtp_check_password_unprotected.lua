-- expect: no-data "would send the password in the clear"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check(at.SMTP, { tls = "offered", user = "signalbox", password = "correct horse" })
  end,
}
