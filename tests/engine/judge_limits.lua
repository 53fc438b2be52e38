-- expect: degraded "used_pct 90.5 > 85"
service {
  name = "case",
  probe = function()
    return { used_pct = 90.5 }
  end,
  limits = { used_pct = { degraded = "> 85", down = "> 95" } },
}
