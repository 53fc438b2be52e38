-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- Through nginx, as ComfyUI behind a proxy is reached.
    local socket = ws.connect("wss://localhost:" .. at.NGINX .. "/ws", { ca = at.TEST_CA })
    assert(json.decode(socket:receive()).type == "status")
    socket:send "again"
    assert(socket:receive() == "again" and socket:ping() >= 0)
  end,
}
