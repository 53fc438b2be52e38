-- expect: down "timed out"
local at = settings.env
service {
  name = "case",
  timeout = "300ms",
  probe = function()
    local conn = tcp.connect("127.0.0.1", math.tointeger(at.LINES))
    conn:receive(1000)
  end,
}
