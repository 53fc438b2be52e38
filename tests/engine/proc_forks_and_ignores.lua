-- expect: healthy
-- Parent and child ignore SIGTERM, one of them in a session of its own, and both hold the output open: nothing of them outlives the run of the program.
service {
  name = "case",
  timeout = "20s",
  probe = function()
    local marker = "62." .. math.random(1000000000)
    local ended, why = pcall(proc.run, {
      "sh", "-c", "trap '' TERM; sleep " .. marker .. " & setsid sleep " .. marker .. " & while :; do sleep " .. marker .. "; done",
    }, { timeout = "500ms" })
    local left = proc.run { "pgrep", "-cf", "^sleep " .. marker }
    return { ended = ended, why = tostring(why), left = tonumber(left.stdout) }
  end,
  judge = function(m)
    if m.ended or not m.why:find("not done after 0.5 s", 1, true) or m.left > 0 then
      return down(m.why .. ", " .. m.left .. " left")
    end
    return healthy()
  end,
}
