-- expect: no-data "give them as options"
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check "smtp://user:secret@127.0.0.1"
  end,
}
