-- expect: no-data "table.move"
service {
  name = "case",
  probe = function()
    table.move({}, 1, 1e15, 2)
  end,
}
