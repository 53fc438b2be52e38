-- expect: down "a line is longer than 65536 bytes"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect("nats://127.0.0.1:" .. at.NATS_LONG_LINE)
  end,
}
