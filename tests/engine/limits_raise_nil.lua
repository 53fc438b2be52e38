-- expect: no-data "a nil was raised; error() takes a text"
service {
  name = "case",
  probe = function()
    error(nil)
  end,
}
