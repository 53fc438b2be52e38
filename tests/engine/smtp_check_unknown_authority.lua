-- expect: down "certificate"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check(at.SMTP)
  end,
}
