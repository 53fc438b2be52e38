-- expect: down "timed out after 0.3 s"
local at = settings.env
service {
  name = "case",
  timeout = "300ms",
  probe = function()
    tls.check("127.0.0.1", math.tointeger(at.SILENT))
  end,
}
