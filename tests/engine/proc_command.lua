-- expect: healthy
service {
  name = "case",
  timeout = "15s",
  probe = function()
    local driver = proc.command({ "sh", "-c", "cat; echo \"$0\"; echo token=abc; exit 0", "$(id);{lines}" }, { stdin = "in\n" })
    local logs = proc.command { "seq", "-f", "line %.0f", "{lines}" }
    local did, lines = driver.run(), logs.run(3)
    return {
      driver = driver.driver .. " " .. driver.target,
      did = did.code .. " " .. did.output,
      lines = lines,
      table_of_lines = logs.run { lines = 2 },
      twice = driver.run().code,
    }
  end,
  judge = function(m)
    assert(m.driver == "proc sh", m.driver)
    assert(m.did == "0 in\n$(id);{lines}\ntoken=***\n", m.did)
    assert(m.lines == "line 1\nline 2\nline 3\n", m.lines)
    assert(m.table_of_lines == "line 1\nline 2\n", m.table_of_lines)
  end,
}
