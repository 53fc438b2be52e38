-- expect: healthy
-- libcurl alone would wait for two minutes, and the whole runner with it.
local at = settings.env
service {
  name = "case",
  timeout = "30s",
  probe = function()
    local began_ms = time.mono_ms()
    local server = smtp.check("smtp://127.0.0.1:" .. at.SMTP_NO_BYE)
    assert(server.size_most == 1000)
    local ok, why = pcall(smtp.send, {
      url = "smtp://127.0.0.1:" .. at.SMTP_NO_BYE,
      tls = "never",
      from = "a@example.org",
      to = "b@example.org",
      subject = "",
      text = "",
    })
    assert(not ok and why.code == 550, why)
    return { ms = time.mono_ms() - began_ms }
  end,
  limits = { ms = { down = "> 10000" } },
}
