-- expect: no-data "this connection is closed"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local conn = tcp.connect("127.0.0.1", math.tointeger(at.LINES))
    conn:close()
    conn:receive_line()
  end,
}
