-- What happens goes to every open page at once, through nginx (nchan). The scheduler sends live events, `{ live = { { event, data },
-- ... } }`,
-- and learns how many pages are watching. Without settings.dashboard pages still ask at their own interval.
local socket = settings.dashboard and settings.dashboard.socket
if not socket then
  return
end

channel {
  name = "dashboard",
  title = "This page",
  timeout = "5s",
  send = function(message)
    local watching = 0
    for _, one in ipairs(message.live or { { event = "alert", data = message } }) do
      -- A log that somebody follows has a stream of its own.
      local answer = http.post("http://nginx/publish" .. (one.log and "-log?id=" .. one.log or ""), {
        unix = socket,
        headers = { ["X-EventSource-Event"] = one.event, ["Content-Type"] = "application/json", Accept = "text/json" },
        body = json.encode(one.data),
      })
      watching = answer:json().subscribers or 0
    end
    return message.live and watching or true
  end,
}
