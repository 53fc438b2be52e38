-- expect: down "larger than 10 bytes"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    fs.read(at.CA, { cap = 10 })
  end,
}
