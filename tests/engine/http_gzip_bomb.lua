-- expect: down "the response is larger than 1048576 bytes"
-- 64 MiB that come as 64 KiB: what counts is what they become.
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/bomb")
  end,
}
