-- expect: down "line 1 is no sample of Prometheus's text format: {"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    prometheus.read(at.HTTP .. "/json")
  end,
}
