-- expect: down "no answer for"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    dns.query(("a"):rep(200) .. ".test", { server = at.DNS })
  end,
}
