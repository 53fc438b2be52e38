-- expect: down "there is no host named"
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check "smtp://mail.invalid"
  end,
}
