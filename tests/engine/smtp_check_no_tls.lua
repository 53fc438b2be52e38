-- expect: down "STARTTLS not supported"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check(at.SMTP_PLAIN, { tls = "required" })
  end,
}
