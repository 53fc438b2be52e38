-- expect: down "timed out after 0.3 s"
local at = settings.env
service {
  name = "case",
  timeout = "300ms",
  probe = function()
    grpc.health("http://127.0.0.1:" .. at.SILENT)
  end,
}
