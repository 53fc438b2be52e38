-- expect: no-data "is no smtp:// or smtps:// address"
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check "http://127.0.0.1:25"
  end,
}
