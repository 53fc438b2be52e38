-- expect: no-data "there is no directory of secrets"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    secret "token"
  end,
}
