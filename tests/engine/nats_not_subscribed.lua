-- expect: no-data "subscribe to a subject before you receive"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect(at.NATS):receive()
  end,
}
