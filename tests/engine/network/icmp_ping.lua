-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    local ping = icmp.ping("127.0.0.1", { count = 2, interval = "10ms" })
    return { received = ping.received, loss_pct = ping.loss_pct, avg_ms = ping.avg_ms }
  end,
  limits = { received = { down = "~= 2" }, loss_pct = { down = "> 0" }, avg_ms = { down = "<= 0" } },
}
