-- What scripts see: Lua's own harmless part and the engine's modules (src/script/sandbox.c, src/modules/modules.c).
std = {
  read_globals = {
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable",
    "tonumber", "tostring", "type", "string", "table", "math", "utf8",
    "service", "preflight", "channel", "settings", "secret", "healthy", "degraded", "down", "pending",
    -- The modules, a line each.
    "digest",
    "docker",
    "dns",
    "file",
    "fs",
    "gpu",
    "grpc",
    "http",
    "icmp",
    "journal",
    "json",
    "log",
    "nagios",
    "nats",
    "pg",
    "proc",
    "prometheus",
    "redis",
    "smtp",
    "ssh",
    "systemd",
    "tcp",
    "time",
    "tls",
    "ws",
  },
}
files["checks.d/settings.lua"] = { read_globals = { "env" } }
max_line_length = 140
