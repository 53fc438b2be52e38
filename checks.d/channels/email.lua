-- Mail, by SMTP with TLS and log-in.
--   settings: channels = { email = { url = "smtp://mail.example.org:587", from = "Signalbox <health@example.org>", to = {
-- "ops@example.org" },
--                                     user = "health" } }     secrets: email-password (when user is set)
local mine = settings.channels and settings.channels.email
if not mine then
  return
end

local colour = { down = "#c4302b", degraded = "#b07d00", healthy = "#1a7f37" }

local function escape(text)
  return ((text or ""):gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function html_of(message, subject)
  local rows = {}
  for i, alert in ipairs(message.alerts) do
    rows[i] = ('<tr><td style="padding-right:12px;color:%s"><b>%s</b></td><td style="padding-right:12px">%s</td><td>%s</td></tr>'):format(
      colour[alert.status] or "#666",
      escape(alert.status or "no data"),
      escape(alert.title or alert.service_name),
      escape(alert.error_message)
    )
  end
  local page = '<!doctype html><html><body style="font:15px sans-serif;color:#222"><h2 style="color:%s">%s</h2><table>%s</table>'
    .. '<pre style="font:13px monospace">%s</pre>%s</body></html>'
  return page:format(
    colour[message.status] or "#666",
    escape(subject),
    table.concat(rows),
    escape(message.text),
    message.link and ('<p><a href="%s">System health</a></p>'):format(escape(message.link)) or ""
  )
end

channel {
  name = "email",
  title = "Mail",
  timeout = "30s",
  send = function(message)
    local subject = (message.test and "[drill] " or "") .. message.title
    local sent, answer = pcall(smtp.send, {
      url = mine.url,
      from = mine.from,
      to = mine.to,
      user = mine.user,
      password = mine.user and (mine.password or secret "email-password") or nil,
      tls = mine.tls,
      ca = mine.ca,
      subject = subject,
      text = message.text .. (message.link and "\n\n" .. message.link or ""),
      html = html_of(message, subject),
      id = message.id,
    })
    if sent then
      return true
    end
    -- 5yz is a permanent refusal (RFC 5321, 4.2.1); a wrong password is one that can be mended, so it is tried again.
    local code = type(answer) == "table" and answer.code
    if code and code >= 500 and code ~= 535 then
      return { delivered = false, retry = false, status = code, error = tostring(answer) }
    end
    error(answer, 0)
  end,
}
