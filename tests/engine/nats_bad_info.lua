-- expect: down "its INFO is no JSON object"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect("nats://127.0.0.1:" .. at.NATS_BAD_INFO)
  end,
}
