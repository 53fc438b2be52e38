-- expect: down "refused by hand"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local _, why = pcall(error, { message = "refused by hand" })
    error(why)
  end,
}
