-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local conn = tcp.connect("127.0.0.1", math.tointeger(at.HTTPS_PORT), { tls = true, ca = at.CA })
    conn:send "GET /ok HTTP/1.0\r\n\r\n"
    return { head = conn:receive_line() }
  end,
  limits = { head = { down = "~= 'HTTP/1.1 200 OK'" } },
}
