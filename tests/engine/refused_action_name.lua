-- expect: refused "actions: must be a table of functions or drivers, named with a-z"
service { name = "case", probe = function() end, actions = { ["Free VRAM"] = function() end } }
