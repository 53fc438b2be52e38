-- expect: down "no such file"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    proc.run { "/no/such/program" }
  end,
}
