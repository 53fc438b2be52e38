-- expect: down "/ok (http_endless.lua:9)"
-- A probe that never returns: each call is quick, and there is always another one.
local at = settings.env
service {
  name = "case",
  timeout = "500ms",
  probe = function()
    while true do
      http.get(at.HTTP .. "/ok"):expect(200)
    end
  end,
}
