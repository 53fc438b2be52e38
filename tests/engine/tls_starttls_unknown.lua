-- expect: no-data "starttls: must be "
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check("localhost", 25, { starttls = "gopher" })
  end,
}
