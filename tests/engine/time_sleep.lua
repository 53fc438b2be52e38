-- expect: healthy
service {
  name = "case",
  probe = function()
    local began = time.mono_ms()
    time.sleep(0.05)
    return { ms = time.mono_ms() - began }
  end,
  limits = { ms = { down = "< 49" } },
}
