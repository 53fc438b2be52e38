-- expect: refused "a list of the program and its arguments is needed"
service {
  name = "case",
  probe = function() end,
  restart = proc.command {},
}
