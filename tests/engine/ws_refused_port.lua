-- expect: down "connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    ws.connect("ws://127.0.0.1:" .. at.CLOSED .. "/")
  end,
}
