-- expect: down "answered 200, expected 101"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect(at.WS .. "/ws-plain")
  end,
}
