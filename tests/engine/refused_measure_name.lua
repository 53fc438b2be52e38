-- expect: refused "limits: the name of a measure is not UTF-8"
service { name = "case", probe = function() end, limits = { ["\xff"] = { down = "> 1" } } }
