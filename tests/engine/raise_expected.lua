-- expect: down "refused"
service {
  name = "case",
  probe = function()
    error { message = "refused by hand" }
  end,
}
