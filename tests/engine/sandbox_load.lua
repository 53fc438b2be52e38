-- expect: no-data "attempt to call a nil value"
service {
  name = "case",
  probe = function()
    return { value = load "return 1" }
  end,
}
