-- expect: refused "actions: the name of one is not UTF-8"
service { name = "case", probe = function() end, actions = { ["\xff"] = function() end } }
