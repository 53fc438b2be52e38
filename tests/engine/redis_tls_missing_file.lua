-- expect: no-data "no certificate can be read from it"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect(at.REDISS, { ca = at.TEST_CA, cert = at.DIR .. "/none.pem" })
  end,
}
