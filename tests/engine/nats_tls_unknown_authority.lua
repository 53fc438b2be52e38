-- expect: down "certificate refused"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect(at.NATS_TLS)
  end,
}
