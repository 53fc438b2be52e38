-- expect: no-data "a boolean was raised"
service {
  name = "case",
  probe = function()
    error(true)
  end,
}
