-- expect: down "the response is larger than 1048576 bytes"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/huge")
  end,
}
