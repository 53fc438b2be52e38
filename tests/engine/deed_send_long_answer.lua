-- expect: healthy "xxx"
-- deed: channel hook send {}
channel {
  name = "hook",
  send = function()
    return { status = 200, body = ("x"):rep(900 * 1024) }
  end,
}
