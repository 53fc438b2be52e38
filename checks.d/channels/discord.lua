-- Discord, by a channel's webhook (https://discord.com/developers/docs/resources/webhook). Only with ?wait=true does it say whether
-- the message was taken.
--   settings: channels = { discord = {} }     secrets: discord-url
local mine = settings.channels and settings.channels.discord
if not mine then
  return
end

local colour = { down = 0xc4302b, degraded = 0xd9a400, healthy = 0x1a7f37 }

local function cut(text, most)
  text = text or ""
  return utf8.len(text) and utf8.len(text) > most and text:sub(1, utf8.offset(text, most) - 1) .. "…" or text
end

channel {
  name = "discord",
  title = "Discord",
  send = function(message)
    local url = mine.url or secret "discord-url"
    local answer = http.post(url .. (url:find("?", 1, true) and "&" or "?") .. "wait=true", {
      follow = 0,
      json = {
        allowed_mentions = { parse = json.array {} },
        embeds = {
          {
            title = cut((message.test and "[drill] " or "") .. message.title, 255),
            description = cut(message.text, 3500),
            url = message.link,
            color = colour[message.status] or 0x808080,
            timestamp = message.created_at,
          },
        },
      },
    })
    if answer.status == 429 then
      local said, wait = pcall(function()
        return answer:json().retry_after
      end)
      return { status = 429, body = answer.body, headers = answer.headers, delivered = false, retry = said and wait or true }
    end
    return answer
  end,
}
