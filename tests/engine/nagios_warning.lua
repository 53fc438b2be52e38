-- expect: degraded "WARNING: nearly full"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "/usr/lib/nagios/plugins/check_dummy", "1", "nearly full" },
  judge = nagios.judge,
}
