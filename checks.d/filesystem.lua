-- Storage, one service a path: space, inodes, and whether a file can be written, synced and read back.
-- A mount that hangs is noticed, not joined.
for name, path in pairs(settings.filesystem or {}) do
  service {
    name = name,
    title = name == "filesystem" and "File storage" or name,
    group = "Platform",
    critical = true,
    timeout = "10s",

    probe = function()
      local disk = fs.usage(path)
      return {
        path = path,
        free_gib = disk.free_bytes / 2 ^ 30,
        used_pct = disk.used_pct,
        inodes_used_pct = disk.inodes_used_pct,
        write_ms = fs.write_test(path),
      }
    end,

    limits = {
      used_pct = { degraded = "> 85", down = "> 95" },
      inodes_used_pct = { degraded = "> 85", down = "> 95" },
      write_ms = { degraded = "> 500" },
    },
  }
end
