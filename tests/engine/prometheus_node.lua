-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  -- A real exporter: what it says of this machine is held against what the machine says.
  probe = function()
    local node = prometheus.read(at.NODE_EXPORTER)
    local load = fs.read "/proc/loadavg"
    local idle = node:list("node_cpu_seconds_total", { mode = "idle" })
    return {
      load = math.abs(node:value "node_load15" - tonumber(load:match "^%S+ %S+ (%S+)")),
      cpus = node:count("node_cpu_seconds_total", { mode = "idle", cpu = "0" }),
      listed = #idle == node:count("node_cpu_seconds_total", { mode = "idle" }) and idle[1].labels.mode == "idle" and idle[1].value > 0,
      sum = node:sum("node_cpu_seconds_total", { mode = "idle" }) >= node:max("node_cpu_seconds_total", { mode = "idle" }),
      least = node:min "node_cpu_seconds_total",
      none = tostring(node:value "node_nothing"),
      version = node:list "node_exporter_build_info"[1].labels.version,
    }
  end,
  limits = {
    load = { down = "> 0.5" },
    cpus = { down = "~= 1" },
    listed = { down = "== false" },
    sum = { down = "== false" },
    least = { down = "< 0" },
    none = { down = "~= 'nil'" },
    version = { down = "== ''" },
  },
}
