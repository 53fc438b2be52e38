-- expect: no-data "must be a Lua function"
service {
  name = "case",
  probe = function()
    table.sort({ 3, 2, 1 }, pcall)
  end,
}
