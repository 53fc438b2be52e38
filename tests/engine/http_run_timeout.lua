-- expect: down "timed out"
local at = settings.env
service {
  name = "case",
  timeout = "200ms",
  probe = function()
    http.get(at.HTTP .. "/never", { timeout = "1m" })
  end,
}
