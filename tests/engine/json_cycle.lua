-- expect: no-data "contains itself"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local t = {}
    t.t = t
    json.encode(t)
  end,
}
