-- expect: no-data "unknown: UNKNOWN: cannot tell"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "/usr/lib/nagios/plugins/check_dummy", "3", "cannot tell" },
  judge = nagios.judge,
}
