-- expect: no-data "is no mail address"
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.send { url = "smtp://127.0.0.1:25", from = "signalbox", to = "b@example.org", subject = "s", text = "t" }
  end,
}
