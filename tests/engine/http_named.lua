-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP_NAMED .. "/ok"):expect { 204, 200 }
  end,
}
