-- expect: healthy
-- What leaves its program in a session of its own, with children that ignore SIGTERM, goes with all of them.
service {
  name = "case",
  timeout = "20s",
  probe = function()
    local marker = "63." .. math.random(1000000000)
    proc.run { "sh", "-c", "setsid sh -c 'trap \"\" TERM; sleep " .. marker .. " & sleep " .. marker .. "; :' </dev/null >/dev/null 2>&1 & exit 0" }
    local left = proc.run { "pgrep", "-cf", "^sleep " .. marker }
    return { left = tonumber(left.stdout) }
  end,
  limits = { left = { down = "> 0" } },
}
