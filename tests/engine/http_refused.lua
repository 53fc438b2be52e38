-- expect: down "Connection refused"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get("http://127.0.0.1:" .. at.CLOSED .. "/")
  end,
}
