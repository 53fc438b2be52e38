-- expect: healthy "200"
-- deed: channel hook send {"text": "hello"}
local at = settings.env
channel {
  name = "hook",
  send = function(message)
    return http.post(at.HTTP .. "/json", { json = message }).status
  end,
}
