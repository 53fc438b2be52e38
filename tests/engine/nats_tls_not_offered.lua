-- expect: down "nats: the server does not offer TLS"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    nats.connect((at.NATS:gsub("nats:", "tls:")))
  end,
}
