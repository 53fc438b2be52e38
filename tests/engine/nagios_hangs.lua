-- expect: down "not done after 0.2 s; it was ended"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe({ "sh", "-c", "trap \"\" TERM; while :; do :; done" }, { timeout = "200ms" }),
  judge = nagios.judge,
}
