-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local conn = tcp.connect("127.0.0.1", math.tointeger(at.LINES))
    local first = conn:receive_line()
    conn:send "hello\n"
    local second, rest = conn:receive_line(), nil
    conn:send "quit\n"
    rest = conn:receive_all()
    return { all = first .. "|" .. second .. "|" .. rest }
  end,
  limits = { all = { down = "~= '220 ready|you said hello|bye'" } },
}
