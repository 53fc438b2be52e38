-- PagerDuty, by its Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview): one event an alert, of one dedup_key
-- an incident. 202 is success.
--   settings: channels = { pagerduty = { url = "https://events.eu.pagerduty.com/v2/enqueue" } } (url: for the EU)     secrets:
-- pagerduty-key
local mine = settings.channels and settings.channels.pagerduty
if not mine then
  return
end

local url = mine.url or "https://events.pagerduty.com/v2/enqueue"
local severity = { down = "critical", degraded = "warning" }

local function action_of(alert)
  if alert.state == "resolved" then
    return "resolve"
  end
  return alert.event == "acknowledged" and "acknowledge" or "trigger"
end

local function event_of(message, alert)
  local action = action_of(alert)
  local event = {
    routing_key = secret "pagerduty-key",
    event_action = action,
    dedup_key = alert.incident,
    client = "Signalbox",
    client_url = alert.link or message.link,
  }
  if action == "trigger" then
    local summary = message.test and "[drill] " .. message.title
      or ("%s is %s%s"):format(alert.title, alert.status or "unknown", alert.error_message and ": " .. alert.error_message or "")
    event.payload = {
      summary = #summary > 1024 and summary:sub(1, utf8.offset(summary, 0, 1024) - 1) or summary,
      source = alert.service_name,
      severity = message.test and "info" or severity[alert.status] or "error",
      timestamp = alert.since,
      component = alert.service_name,
      group = alert.group,
      custom_details = { dependents = alert.dependents, flapping = alert.flapping, began_at = alert.began_at },
    }
  end
  return event
end

channel {
  name = "pagerduty",
  title = "PagerDuty",
  timeout = "30s",
  send = function(message)
    local answer
    for _, alert in ipairs(message.alerts) do
      answer = http.post(url, { json = event_of(message, alert), follow = 0 })
      if answer.status ~= 202 then
        return { status = answer.status, headers = answer.headers, body = answer.body, delivered = false }
      end
    end
    return answer
  end,
}
