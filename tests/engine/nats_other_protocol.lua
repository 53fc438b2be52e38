-- expect: down "the server does not speak NATS: it says 220 ready"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect("nats://127.0.0.1:" .. at.LINES)
  end,
}
