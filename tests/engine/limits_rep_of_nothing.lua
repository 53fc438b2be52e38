-- expect: no-data "string.rep"
service {
  name = "case",
  probe = function()
    return { value = #(""):rep(math.maxinteger) }
  end,
}
