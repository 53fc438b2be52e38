-- expect: healthy
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "/usr/lib/nagios/plugins/check_load", "-w", "1000,1000,1000", "-c", "1000,1000,1000" },
  limits = { code = { down = "~= 0" }, load1 = { down = "> 1000" }, load5 = { down = "> 1000" }, load15 = { down = "> 1000" } },
}
