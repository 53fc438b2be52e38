-- expect: down "no such file"
service {
  name = "case",
  timeout = "15s",
  probe = function()
    proc.command({ "/no/such/program" }).run()
  end,
}
