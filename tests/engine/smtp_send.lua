-- expect: healthy
-- What Python's own parser of mail reads out of it.
local at = settings.env
local text = "Dear all,\n\n.\n..a line that begins with dots\n" .. ("comfyui-1 is down. "):rep(100) .. "\nGrüße\n"
local html = "<p>comfyui-1 is <b>down</b> &mdash; größer als 5 s</p>"
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local receipt = smtp.send {
      url = at.SMTP .. "/signalbox.test",
      ca = at.TEST_CA,
      user = "signalbox",
      password = "correct horse",
      from = '"Größe, Signalbox" <signalbox@example.org>',
      to = { "ops@example.org", "Ada <ada@example.org>" },
      subject = "comfyui-1 ist ausgefallen: zu große Verzögerung, und ein Betreff, der länger als eine Zeile ist ✗",
      text = text,
      html = html,
      id = "alert-42.1",
      headers = { ["X-Signalbox"] = "42" },
    }
    assert(receipt.code == 250, receipt.code)
    local mail = json.decode(fs.read(at.SMTP_MAILS .. "/alert-42.1.json"))
    assert(mail.from == "signalbox@example.org" and mail.tls and mail.user == "signalbox" and mail.helo == "signalbox.test")
    assert(table.concat(mail.to, " ") == "ops@example.org ada@example.org")
    local h = mail.headers
    assert(h.From == '"Größe, Signalbox" <signalbox@example.org>', h.From)
    assert(h.To == "ops@example.org, Ada <ada@example.org>", h.To)
    assert(h.Subject == "comfyui-1 ist ausgefallen: zu große Verzögerung, und ein Betreff, der länger als eine Zeile ist ✗", h.Subject)
    assert(h["Message-ID"] == "<alert-42.1@example.org>" and h["X-Signalbox"] == "42" and h["Auto-Submitted"] == "auto-generated")
    assert(h.Date:find "^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d %+0000$", h.Date)
    assert(mail.parts["text/plain"]:gsub("\r\n", "\n") == text, mail.parts["text/plain"])
    assert(mail.parts["text/html"]:gsub("\r?\n$", "") == html, mail.parts["text/html"])
    assert(table.concat(mail.structure, " ") == "multipart/mixed multipart/alternative text/plain text/html")
    assert(mail.longest_line <= 100, tostring(mail.longest_line)) -- libcurl does not fold its Content-Type
  end,
}
