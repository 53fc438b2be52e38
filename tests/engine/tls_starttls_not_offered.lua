-- expect: down "the server does not begin TLS: it says 454"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check("localhost", math.tointeger(at.SMTP_PLAIN:match "%d+$"), { starttls = "smtp" })
  end,
}
