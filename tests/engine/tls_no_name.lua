-- expect: down "there is no host named"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check "tls.invalid"
  end,
}
