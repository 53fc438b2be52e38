-- expect: healthy
service {
  name = "case",
  timeout = "5s",
  probe = function()
    -- What the program leaves behind in a session of its own does not outlive it.
    local marker = "61." .. math.random(1000000000)
    local began = proc.run { "sh", "-c", "setsid sleep " .. marker .. " </dev/null >/dev/null 2>&1 & sleep 0.1; pgrep -cf '^sleep " .. marker .. "'" }
    local left = proc.run { "pgrep", "-cf", "^sleep " .. marker }
    return { began = tonumber(began.stdout), left = tonumber(left.stdout) }
  end,
  limits = { began = { down = "~= 1" }, left = { down = "> 0" } },
}
