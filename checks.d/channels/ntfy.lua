-- ntfy (https://docs.ntfy.sh/publish/#publish-as-json): JSON to the server's root, not to the topic.
--   settings: channels = { ntfy = { url = "https://ntfy.sh", topic = "signalbox" } }     secrets: ntfy-token (when auth is set)
local mine = settings.channels and settings.channels.ntfy
if not mine then
  return
end

local priority = { down = 5, degraded = 3, healthy = 2 }
local tag = { down = "red_circle", degraded = "yellow_circle", healthy = "green_circle" }

channel {
  name = "ntfy",
  title = "ntfy",
  send = function(message)
    local text = message.text
    if #text > 4000 then
      text = text:sub(1, utf8.offset(text, 0, 4000) - 1)
    end
    return http.post((mine.url or "https://ntfy.sh"):gsub("/+$", "") .. "/", {
      follow = 0,
      bearer = mine.auth and secret "ntfy-token" or nil,
      json = {
        topic = mine.topic,
        title = (message.test and "[drill] " or "") .. message.title,
        message = text,
        priority = message.test and 2 or priority[message.status] or 3,
        tags = { tag[message.status] or "white_circle" },
        click = message.link,
      },
    })
  end,
}
