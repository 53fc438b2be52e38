-- expect: down "answered 403, expected 101"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-refused")
  end,
}
