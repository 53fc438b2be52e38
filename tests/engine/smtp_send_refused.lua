-- expect: down "RCPT: the server says 550 5.1.1 there is no such mailbox"
-- The code tells whether another try is worth it.
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local mail = { url = at.SMTP_PLAIN, tls = "never", from = "a@example.org", to = "later@example.org", subject = "s", text = "t" }
    local ok, why = pcall(smtp.send, mail)
    assert(not ok and why.code == 451 and tostring(why):find("451 4.3.0 try again later", 1, true), why)
    mail.to = { "b@example.org", "nobody@example.org" }
    smtp.send(mail)
  end,
}
