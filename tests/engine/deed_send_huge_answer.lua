-- expect: healthy "answered 200"
-- deed: channel hook send {}
-- However much a provider answers: its status says that the message was delivered, and it must not be sent again.
channel {
  name = "hook",
  send = function()
    return "answered " .. http.post(settings.env.HTTP .. "/huge", { json = { text = "down" } }).status
  end,
}
