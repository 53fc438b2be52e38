-- expect: no-data "/usr/lib/nagios/plugins/check_nothing cannot be executed: No such file or directory"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "/usr/lib/nagios/plugins/check_nothing" },
  judge = nagios.judge,
}
