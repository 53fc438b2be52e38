-- expect: down "the body is not JSON"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/not-json"):json()
  end,
}
