-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    for _ = 1, 50 do
      http.get(at.HTTP .. "/ok"):expect(200)
    end
  end,
}
