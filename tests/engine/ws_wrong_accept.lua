-- expect: down "does not speak WebSocket"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-wrong")
  end,
}
