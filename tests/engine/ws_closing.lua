-- expect: down "closed by the server with code 1011: going away"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-closing"):receive()
  end,
}
