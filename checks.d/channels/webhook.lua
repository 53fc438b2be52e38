-- Any receiver of Alertmanager's webhooks (version 4 of that format), signed. The address is a service's own webhook_url, else
-- settings.channels.webhook.url.
--   settings: channels = { webhook = { url = "https://...", sign = true } }     secrets: webhook-key (when sign is set)
-- A receiver checks X-Health-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">, and drops an X-Health-Event-Id that it has
-- seen.
local mine = settings.channels and settings.channels.webhook or {}
local colour = { down = "critical", degraded = "warning" }

local function alert_of(alert)
  return {
    status = alert.state,
    labels = {
      alertname = "ServiceNotHealthy",
      check = alert.service_name,
      group = alert.group,
      severity = colour[alert.status or alert.worst_status] or "none",
    },
    annotations = { summary = alert.title or alert.service_name, description = alert.error_message },
    startsAt = alert.began_at,
    endsAt = alert.ended_at or "0001-01-01T00:00:00Z",
    generatorURL = alert.link,
    fingerprint = alert.incident,
  }
end

channel {
  name = "webhook",
  title = "Webhook",
  send = function(message)
    local url = message.url or mine.url
    if not url then
      return { delivered = false, retry = false, error = "no webhook_url is set for the service, and no settings.channels.webhook.url" }
    end
    local alerts = {}
    for i, alert in ipairs(message.alerts) do
      alerts[i] = alert_of(alert)
    end
    local body = json.encode {
      version = "4",
      groupKey = message.id,
      truncatedAlerts = message.more or 0,
      status = message.state,
      receiver = "webhook",
      groupLabels = {},
      commonLabels = message.test and { drill = "true" } or {},
      commonAnnotations = { summary = message.title, description = message.text },
      externalURL = message.link or "",
      alerts = alerts,
    }
    local headers = {
      ["Content-Type"] = "application/json",
      ["X-Health-Event-Id"] = message.id,
      ["X-Health-Delivery"] = tostring(message.attempt),
    }
    if mine.sign then
      local stamp = tostring(math.floor(time.now()))
      headers["X-Health-Signature"] = "t=" .. stamp .. ",v1=" .. digest.hmac_sha256(secret "webhook-key", stamp .. "." .. body)
    end
    return http.post(url, { body = body, headers = headers, follow = 0 })
  end,
}
