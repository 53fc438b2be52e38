-- expect: no-data "the limit used_pct > 85 has no number"
service {
  name = "case",
  probe = function()
    return { used = 90 }
  end,
  limits = { used_pct = { degraded = "> 85" } },
}
