-- expect: healthy
local at = "unix:" .. settings.env.REDIS_SOCKET
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local conn = tcp.connect(at, { timeout = "2s" })
    conn:send "PING\r\n"
    return { answer = conn:receive_line():match "^%-%u+", ping_ms = tcp.ping(at) }
  end,
  limits = { answer = { down = "~= '-NOAUTH'" }, ping_ms = { down = "> 2000" } },
}
