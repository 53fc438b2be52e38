-- expect: no-data "table.concat"
service {
  name = "case",
  probe = function()
    return { value = table.concat({}, "", 1, 1e9) }
  end,
}
