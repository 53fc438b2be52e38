-- expect: down "TLS: wrong version number"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    ws.connect("wss://127.0.0.1:" .. at.LINES)
  end,
}
