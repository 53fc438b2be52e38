-- expect: no-data "a table was raised"
service {
  name = "case",
  probe = function()
    error {}
  end,
}
