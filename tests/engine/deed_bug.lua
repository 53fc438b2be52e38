-- expect: no-data "deed_bug.lua:6"
-- deed: channel hook send {}
channel {
  name = "hook",
  send = function(message)
    return message.nothing.there
  end,
}
