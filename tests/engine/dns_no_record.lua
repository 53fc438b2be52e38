-- expect: down "has no record of type MX"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", "MX", { server = at.DNS })
  end,
}
