-- expect: down "is no http or https address"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get "ftp://127.0.0.1/"
  end,
}
