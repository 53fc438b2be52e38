-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local now = time.now()
    return {
      same = math.abs(time.parse(time.format(now)) - now) < 0.001 and time.parse "yesterday" == nil,
      mono = time.mono_ms() <= time.mono_ms(),
    }
  end,
  limits = { same = { down = "== false" }, mono = { down = "== false" } },
}
