-- A dead man's switch: while the scheduler is really working (checks on time, its journal writable) an outside watcher is pinged every
-- minute, and raises the alarm when the pings stop. Nothing that runs here can tell of its own death.
--   settings: alerts = { heartbeat_url = "https://..." }
local url = settings.alerts and settings.alerts.heartbeat_url
if not url then
  return
end

channel {
  name = "heartbeat",
  title = "Dead man's switch",
  timeout = "20s",
  send = function()
    return http.get(url)
  end,
}
