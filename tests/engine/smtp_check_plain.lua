-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local server = smtp.check(at.SMTP_PLAIN)
    assert(not server.starttls and not server.tls)
    local named = smtp.check((at.SMTP_PLAIN:gsub("127.0.0.1", "localhost")), { tls = "never" })
    assert(named.banner == server.banner)
  end,
}
