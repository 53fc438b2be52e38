-- expect: no-data "a type is one of"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", "ANY")
  end,
}
