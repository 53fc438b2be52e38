-- expect: down "HTTP CRITICAL: HTTP/1.1 502 Bad Gateway"
local port = settings.env.HTTP:match "%d+$"
service {
  name = "case",
  timeout = "15s",
  probe = nagios.probe { "/usr/lib/nagios/plugins/check_http", "-I", "127.0.0.1", "-p", port, "-u", "/bad" },
  judge = nagios.judge,
}
