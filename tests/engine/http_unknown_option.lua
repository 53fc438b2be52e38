-- expect: no-data "there is no option "
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/ok", { timout = "1s" })
  end,
}
