-- expect: refused "preflight disk: grace: must be a duration from"
preflight { name = "disk", grace = "2d", services = { "a" } }
