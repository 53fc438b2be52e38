-- expect: down "larger than"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    prometheus.read(at.HTTP .. "/huge")
  end,
}
