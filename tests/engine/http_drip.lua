-- expect: down "timed out after 0.3 s waiting"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/drip", { timeout = "300ms" })
  end,
}
