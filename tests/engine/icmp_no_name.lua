-- expect: down "there is no host named"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    icmp.ping "nobody.invalid"
  end,
}
