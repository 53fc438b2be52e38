-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    -- What the program leaves behind in a session of its own does not outlive it.
    local marker = "sb" .. math.random(1000000000)
    proc.run { "sh", "-c", "setsid sleep 61 " .. marker .. " </dev/null >/dev/null 2>&1 & exit 0" }
    local left = proc.run { "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr \"\\\\0\" \" \" | grep -c \"[s]leep 61 " .. marker .. "\"" }
    return { left = tonumber(left.stdout) }
  end,
  limits = { left = { down = "> 0" } },
}
