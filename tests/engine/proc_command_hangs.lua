-- expect: down "not done after 0.2 s; it was ended"
service {
  name = "case",
  timeout = "15s",
  probe = proc.command({ "sleep", "60" }, { timeout = "200ms" }).run,
}
