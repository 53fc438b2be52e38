-- expect: no-data "diagnose returned"
-- deed: service case diagnose
service {
  name = "case",
  probe = function() end,
  diagnose = function()
    local t = {}
    t.t = t
    return t
  end,
}
