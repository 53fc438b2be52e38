-- expect: no-data "__gc is not available"
service {
  name = "case",
  probe = function()
    setmetatable({}, { __gc = function() end })
  end,
}
