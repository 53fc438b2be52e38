-- expect: down "the response has more than 200 header lines"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/headers")
  end,
}
