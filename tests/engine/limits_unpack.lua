-- expect: no-data "table.unpack"
service {
  name = "case",
  probe = function()
    return { value = select("#", table.unpack({}, 1, 1e7)) }
  end,
}
