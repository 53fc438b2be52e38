-- expect: down "timed out"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    prometheus.read(at.HTTP .. "/never", { timeout = "300ms" })
  end,
}
