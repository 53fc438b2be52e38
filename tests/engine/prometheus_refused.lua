-- expect: down "Connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    prometheus.read("http://127.0.0.1:" .. at.CLOSED .. "/metrics")
  end,
}
