-- expect: down "seven of nine"
service {
  name = "case",
  probe = function()
    return { bad = 7 }
  end,
  judge = function(m)
    return m.bad == 7 and down "seven of nine" or healthy()
  end,
}
