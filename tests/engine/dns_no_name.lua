-- expect: down "dns.query none.test A: there is no name "
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("none.test", { server = at.DNS })
  end,
}
