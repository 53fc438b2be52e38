-- expect: no-data "an absolute path is needed"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    fs.usage "var"
  end,
}
