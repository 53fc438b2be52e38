-- expect: down "Too large response"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check("smtp://127.0.0.1:" .. at.BABBLE, { timeout = "500ms" })
  end,
}
