-- Microsoft Teams, by a workflow that starts when a webhook request is received: an Adaptive Card of version 1.4, the newest that is
-- drawn everywhere.
--   settings: channels = { teams = {} }     secrets: teams-url
local mine = settings.channels and settings.channels.teams
if not mine then
  return
end

local colour = { down = "Attention", degraded = "Warning", healthy = "Good" }

channel {
  name = "teams",
  title = "Microsoft Teams",
  send = function(message)
    local facts = {}
    for i, alert in ipairs(message.alerts) do
      local why = alert.error_message and ": " .. alert.error_message or ""
      facts[i] = { title = alert.title or alert.service_name, value = (alert.status or "no data") .. why }
      if i == 20 then
        break
      end
    end
    local body = {
      {
        type = "TextBlock",
        text = (message.test and "[drill] " or "") .. message.title,
        weight = "Bolder",
        size = "Medium",
        wrap = true,
        style = "heading",
        color = colour[message.status] or "Default",
      },
      { type = "FactSet", facts = facts },
    }
    return http.post(mine.url or secret "teams-url", {
      follow = 0,
      json = {
        type = "message",
        attachments = {
          {
            contentType = "application/vnd.microsoft.card.adaptive",
            contentUrl = json.null,
            content = {
              ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
              type = "AdaptiveCard",
              version = "1.4",
              body = body,
              actions = message.link and { { type = "Action.OpenUrl", title = "System health", url = message.link } } or nil,
              msteams = { width = "full" },
            },
          },
        },
      },
    })
  end,
}
