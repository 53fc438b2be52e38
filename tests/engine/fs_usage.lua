-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local disk = fs.usage(at.DIR)
    return {
      sane = disk.total_bytes > 0 and disk.used_pct > 0 and disk.used_pct <= 100 and not disk.read_only,
      write_ms = fs.write_test(at.DIR),
      exists = fs.exists(at.CA) and not fs.exists(at.DIR .. "/nothing"),
      size = fs.size(at.CA) == #fs.read(at.CA) and fs.size(at.DIR .. "/nothing") == nil,
    }
  end,
  limits = { sane = { down = "== false" }, exists = { down = "== false" }, size = { down = "== false" }, write_ms = { down = "<= 0" } },
}
