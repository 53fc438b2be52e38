-- expect: down "smtp smtp://127.0.0.1"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check("smtp://127.0.0.1:" .. at.CUT)
  end,
}
