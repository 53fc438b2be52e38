-- expect: down "timed out after 0.2 s waiting for the response"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/never", { timeout = "200ms" })
  end,
}
