-- expect: healthy
-- Text alone, to a relay without TLS, with an id of its own making.
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local mail = { url = at.SMTP_PLAIN, tls = "offered", from = "a@example.org", to = "b@example.org", subject = "s", text = "t" }
    assert(smtp.send(mail).code == 250)
    mail.tls = nil
    local ok, why = pcall(smtp.send, mail)
    assert(not ok and why.message:find "STARTTLS" and why.code == nil, why)
  end,
}
