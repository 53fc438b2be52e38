-- expect: refused "refused_unknown_key.lua:2: service case: unknown key "
service {
  name = "case",
  timout = "5s",
  probe = function() end,
}
