-- expect: down "fs.write_test: /proc"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    fs.write_test "/proc"
  end,
}
