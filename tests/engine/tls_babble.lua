-- expect: down "TLS: wrong version number"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check("127.0.0.1", math.tointeger(at.BABBLE))
  end,
}
