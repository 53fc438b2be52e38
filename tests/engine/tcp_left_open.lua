-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    for _ = 1, 20 do
      tcp.connect("127.0.0.1", math.tointeger(at.LINES))
    end
  end,
}
