-- expect: no-data "string.rep"
service {
  name = "case",
  probe = function()
    return { value = #("x"):rep(1e9) }
  end,
}
