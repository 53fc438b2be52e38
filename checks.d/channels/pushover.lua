-- Pushover (https://pushover.net/api). Down is an emergency: it repeats until somebody says that he has seen it.
--   settings: channels = { pushover = { emergency = true } }     secrets: pushover-token, pushover-user
local mine = settings.channels and settings.channels.pushover
if not mine then
  return
end

local function cut(text, most)
  return #text > most and text:sub(1, utf8.offset(text, 0, most) - 1) or text
end

channel {
  name = "pushover",
  title = "Pushover",
  send = function(message)
    local is_down = message.status == "down" and message.state == "firing" and not message.test
    local emergency = is_down and mine.emergency
    local answer = http.post(mine.url or "https://api.pushover.net/1/messages.json", {
      follow = 0,
      json = {
        token = secret "pushover-token",
        user = secret "pushover-user",
        title = cut((message.test and "[drill] " or "") .. message.title, 250),
        message = cut(message.text, 1024),
        priority = emergency and 2 or is_down and 1 or message.state == "resolved" and -1 or 0,
        retry = emergency and 60 or nil,
        expire = emergency and 3600 or nil,
        url = message.link,
        url_title = message.link and "System health" or nil,
      },
    })
    local said, told = pcall(answer.json, answer)
    if answer.status == 200 and not (said and told.status == 1) then
      return { status = 200, body = answer.body, delivered = false, retry = false, error = "Pushover did not answer status 1" }
    end
    return answer
  end,
}
