-- expect: down "timed out after 0.5 s"
-- A byte at a time, and never a whole line.
local at = settings.env
service {
  name = "case",
  timeout = "500ms",
  probe = function()
    local conn = tcp.connect("127.0.0.1", tonumber(at.DRIP))
    conn:receive_line()
  end,
}
