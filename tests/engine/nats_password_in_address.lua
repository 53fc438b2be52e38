-- expect: no-data "give them as options"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect "nats://signalbox:secret@127.0.0.1"
  end,
}
