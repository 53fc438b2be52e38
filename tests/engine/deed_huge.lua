-- expect: no-data "more than 256 KiB"
-- deed: service case diagnose
service {
  name = "case",
  probe = function() end,
  diagnose = function()
    return ("x"):rep(300 * 1024)
  end,
}
