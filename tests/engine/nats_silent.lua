-- expect: down "nats connect nats://127.0.0.1"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect("nats://127.0.0.1:" .. at.SILENT, { timeout = "300ms" })
  end,
}
