-- expect: down "there is no host named"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    http.get "http://nobody.invalid/"
  end,
}
