-- expect: refused "preflight disk: a preflight needs either run"
preflight { name = "disk", services = { "a" }, run = function() end }
