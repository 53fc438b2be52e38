-- expect: down "not JSON"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    json.decode "{"
  end,
}
