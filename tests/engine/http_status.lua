-- expect: down "answered 502, expected 200 or 204"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/bad"):expect { 200, 204 }
  end,
}
