-- expect: down "the response is larger than 16777216 bytes"
local at = settings.env
service {
  name = "case",
  timeout = "20s",
  probe = function()
    http.get(at.HTTP .. "/gigabyte", { max_body = 16 * 1024 * 1024 })
  end,
}
