-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    return { url = http.get(at.HTTP .. "/once"):expect(200).url:sub(-3) }
  end,
  limits = { url = { down = "~= '/ok'" } },
}
