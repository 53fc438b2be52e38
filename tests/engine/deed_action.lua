-- expect: healthy "freed 3"
-- deed: service case action:free-vram {"gib": 3}
service {
  name = "case",
  probe = function() end,
  actions = {
    ["free-vram"] = function(with)
      return "freed " .. with.gib
    end,
  },
}
