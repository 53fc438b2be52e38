-- expect: healthy "[1,2],"
-- deed: service case logs 2
service {
  name = "case",
  probe = function() end,
  logs = function(lines)
    return { of = lines, lines = { 1, 2 } }
  end,
}
