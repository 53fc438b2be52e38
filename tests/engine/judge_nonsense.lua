-- expect: no-data "judge returned no verdict"
service {
  name = "case",
  probe = function() end,
  judge = function()
    return "green"
  end,
}
