-- expect: down "closed the connection"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local conn = tcp.connect("127.0.0.1", math.tointeger(at.LINES))
    conn:send "quit\n"
    conn:receive(1000)
  end,
}
