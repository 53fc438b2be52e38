-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    local r = nagios.run { "/usr/lib/nagios/plugins/check_http", "-I", "127.0.0.1", "-p", at.HTTP:match "%d+$", "-u", "/ok", "-s", "fine" }
    local labels = {}
    for _, datum in ipairs(r.perfdata) do
      labels[#labels + 1] = datum.label .. " " .. datum.unit
    end
    return { all = r.status .. ", " .. table.concat(labels, ", "), output = r.output:match "^HTTP OK" or r.output }
  end,
  limits = { all = { down = "~= 'healthy, time s, size B'" }, output = { down = "~= 'HTTP OK'" } },
}
