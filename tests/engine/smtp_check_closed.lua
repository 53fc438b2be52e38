-- expect: down "the server says 554 no service here today"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check("smtp://127.0.0.1:" .. at.SMTP_CLOSED)
  end,
}
