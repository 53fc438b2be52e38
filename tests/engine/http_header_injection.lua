-- expect: no-data "line break"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/ok", { headers = { ["X-A"] = "1\r\nX-B: 2" } })
  end,
}
