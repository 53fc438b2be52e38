-- expect: healthy "restarted case"
-- deed: service case restart
service {
  name = "case",
  probe = function() end,
  restart = {
    driver = "mine",
    target = "case",
    run = function()
      return "restarted case"
    end,
  },
}
