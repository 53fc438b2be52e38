-- expect: healthy
-- Parent and child ignore SIGTERM, one of them in a session of its own, and both hold the output open: nothing of them outlives the run of the program.
service {
  name = "case",
  timeout = "20s",
  probe = function()
    local marker = "sb" .. math.random(1000000000)
    local ended, why = pcall(proc.run, {
      "sh", "-c", "trap '' TERM; (trap '' TERM; sleep 62 " .. marker .. ") & setsid sh -c \"trap '' TERM; sleep 62 " .. marker .. "\" & while :; do sleep 62; done",
    }, { timeout = "300ms" })
    local left = proc.run { "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr \"\\\\0\" \" \" | grep -c \"[s]leep 62 " .. marker .. "\"" }
    return { ended = ended, why = tostring(why), left = tonumber(left.stdout) }
  end,
  judge = function(m)
    if m.ended or not m.why:find("not done after 0.3 s", 1, true) or m.left > 0 then
      return down(m.why .. ", " .. m.left .. " left")
    end
    return healthy()
  end,
}
