-- expect: no-data "is no address of a name server"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query("a.test", { server = "ns.example.org" })
  end,
}
