-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local socket = ws.connect(at.WS .. "/ws?clientId=signalbox")
    local first = json.decode(socket:receive())
    socket:send "again"
    return { type = first.type, no_origin = first.origin == json.null, echo = socket:receive(), ping_ms = socket:ping() }
  end,
  limits = {
    type = { down = "~= 'status'" },
    no_origin = { down = "== false" },
    echo = { down = "~= 'again'" },
    ping_ms = { down = "< 0" },
  },
}
