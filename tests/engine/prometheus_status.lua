-- expect: down "/bad: answered 502, expected 200"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    prometheus.read(at.HTTP .. "/bad")
  end,
}
