-- expect: no-data "the measure ratio is a number"
service {
  name = "case",
  probe = function()
    return { ratio = 0 / 0 }
  end,
}
