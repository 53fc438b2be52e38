-- expect: down "No such file or directory"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    fs.usage(at.DIR .. "/nothing")
  end,
}
