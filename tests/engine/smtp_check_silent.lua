-- expect: down "timed out after 0.3 s"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    smtp.check("smtp://127.0.0.1:" .. at.SILENT, { timeout = "300ms" })
  end,
}
