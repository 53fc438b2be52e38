-- expect: down "timed out after 0.1 s: time.sleep"
service {
  name = "case",
  timeout = "100ms",
  probe = function()
    time.sleep(3600)
  end,
}
