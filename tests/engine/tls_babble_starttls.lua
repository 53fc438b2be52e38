-- expect: down "more than 65536 bytes came"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check("127.0.0.1", math.tointeger(at.BABBLE), { starttls = "imap" })
  end,
}
