-- expect: no-data "exit code 42 is none of a monitoring plugin: what"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "sh", "-c", "echo what; exit 42" },
  judge = nagios.judge,
}
