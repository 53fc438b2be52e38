-- Telegram, by a bot (https://core.telegram.org/bots/api#sendmessage). Plain text: nothing in it can be taken for markup.
--   settings: channels = { telegram = { chat_id = "-100123" } }     secrets: telegram-token
local mine = settings.channels and settings.channels.telegram
if not mine then
  return
end

channel {
  name = "telegram",
  title = "Telegram",
  send = function(message)
    local drill, link = message.test and "[drill] " or "", message.link and "\n" .. message.link or ""
    local text = drill .. message.title .. "\n" .. message.text .. link
    if utf8.len(text) and utf8.len(text) > 4096 then
      text = text:sub(1, utf8.offset(text, 4096) - 1) .. "…"
    end
    local answer = http.post((mine.url or "https://api.telegram.org") .. "/bot" .. secret "telegram-token" .. "/sendMessage", {
      follow = 0,
      json = { chat_id = mine.chat_id, text = text, link_preview_options = { is_disabled = true } },
    })
    local said, told = pcall(answer.json, answer)
    if answer.status == 429 then
      local wait = said and told.parameters and told.parameters.retry_after
      return { status = 429, body = answer.body, delivered = false, retry = wait or true }
    end
    if answer.status == 200 and not (said and told.ok == true) then
      return { status = 200, body = answer.body, delivered = false, error = "Telegram did not answer ok" }
    end
    return answer
  end,
}
