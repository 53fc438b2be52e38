-- expect: no-data "plain tables"
service {
  name = "case",
  probe = function()
    table.insert(setmetatable({}, { __len = function() return 1e15 end }), 1, 1)
  end,
}
