-- expect: down "nats: Authorization Violation"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect(at.NATS_USERS, { user = "signalbox", password = "battery staple" })
  end,
}
