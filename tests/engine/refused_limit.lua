-- expect: refused "is not understood"
service { name = "case", probe = function() end, limits = { used_pct = { down = "95" } } }
