-- expect: no-data "measures are numbers, texts and booleans"
service {
  name = "case",
  probe = function()
    return { nested = {} }
  end,
}
