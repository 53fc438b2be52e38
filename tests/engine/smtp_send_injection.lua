-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local function mail(changes)
      local m = { url = at.SMTP_PLAIN, tls = "never", from = "a@example.org", to = "b@example.org", subject = "s", text = "t" }
      for key, value in pairs(changes) do
        m[key] = value
      end
      return m
    end
    smtp.send(mail { id = "broken-lines", subject = "one\r\nBcc: everybody@example.org\n\nbody", from = "a\r\nX-Bad: 1 <a@example.org>" })
    local headers = json.decode(fs.read(at.DIR .. "/mail-plain/broken-lines.json")).headers
    assert(headers.Bcc == nil and headers["X-Bad"] == nil)
    assert(headers.Subject == "one  Bcc: everybody@example.org  body", headers.Subject)
    for _, bad in ipairs {
      { to = "b@example.org>\r\nRCPT TO:<c@example.org" },
      { to = { "b@example.org", "no address" } },
      { from = "a@b@c" },
      { headers = { ["X-A"] = "1\r\nX-B: 2" } },
      { id = "a>\r\nX-B: 2" },
    } do
      local ok, why = pcall(smtp.send, mail(bad))
      assert(not ok and type(why) == "string", why)
    end
  end,
}
