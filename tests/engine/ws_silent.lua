-- expect: down "nothing came within"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-silent"):receive "200ms"
  end,
}
