-- expect: down "certificate refused: unable to get local issuer certificate"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    ws.connect("wss://localhost:" .. at.NGINX .. "/ws")
  end,
}
