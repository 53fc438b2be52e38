-- expect: no-data "ended by signal 11"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "sh", "-c", "kill -SEGV $$" },
  judge = nagios.judge,
}
