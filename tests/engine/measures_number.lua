-- expect: no-data "it should return a table of measures"
service {
  name = "case",
  probe = function()
    return 7
  end,
}
