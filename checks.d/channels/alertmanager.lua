-- Prometheus Alertmanager, as one of its sources (POST /api/v2/alerts). A problem is told with an end far away, since Alertmanager
-- forgets what is not
-- repeated; its end is told with the moment at which it ended.
--   settings: channels = { alertmanager = { url = "http://alertmanager:9093" } }
local mine = settings.channels and settings.channels.alertmanager
if not mine then
  return
end

local severity = { down = "critical", degraded = "warning" }
local WEEK = 7 * 86400

channel {
  name = "alertmanager",
  title = "Alertmanager",
  send = function(message)
    local alerts = {}
    for i, alert in ipairs(message.alerts) do
      local firing = alert.state == "firing"
      alerts[i] = {
        labels = { alertname = "ServiceNotHealthy", service = alert.service_name, incident = alert.incident },
        annotations = {
          summary = ("%s is %s"):format(alert.title or alert.service_name, alert.status or "unknown"),
          description = alert.error_message,
          severity = severity[alert.worst_status or alert.status],
          drill = message.test and "true" or nil,
        },
        startsAt = alert.began_at,
        endsAt = firing and time.format(time.now() + WEEK) or alert.ended_at or message.created_at,
        generatorURL = alert.link,
      }
    end
    return http.post(mine.url:gsub("/+$", "") .. "/api/v2/alerts", { json = json.array(alerts), follow = 0 })
  end,
}
