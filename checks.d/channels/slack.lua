-- Slack, by an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). It answers 200 and `ok`,
-- and nothing else is success.
--   settings: channels = { slack = {} }     secrets: slack-url
local mine = settings.channels and settings.channels.slack
if not mine then
  return
end

local mark = { down = ":red_circle:", degraded = ":large_yellow_circle:", healthy = ":large_green_circle:" }

-- Slack's own three characters (mrkdwn), and its limit.
local function plain(text, most)
  text = (text or ""):gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  return #text > most and text:sub(1, utf8.offset(text, 0, most) - 1) .. "…" or text
end

local function section(text)
  return { type = "section", text = { type = "mrkdwn", text = text } }
end

channel {
  name = "slack",
  title = "Slack",
  send = function(message)
    local title = (message.test and "[drill] " or "") .. message.title
    local blocks = {
      section((mark[message.status] or ":white_circle:") .. " *" .. plain(title, 500) .. "*"),
      section(plain(message.text, 2500)),
    }
    if message.link then
      blocks[3] = { type = "context", elements = { { type = "mrkdwn", text = "<" .. message.link .. "|System health>" } } }
    end
    local answer = http.post(mine.url or secret "slack-url", { json = { text = plain(title, 3000), blocks = blocks }, follow = 0 })
    if answer.status == 200 and answer.body ~= "ok" then
      return { status = 200, body = answer.body, delivered = false, retry = false, error = "Slack did not answer `ok`" }
    end
    return answer
  end,
}
