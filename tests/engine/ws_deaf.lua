-- expect: down "nothing came within"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-deaf"):ping "200ms"
  end,
}
