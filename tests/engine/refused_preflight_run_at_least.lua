-- expect: refused "preflight disk: at_least: goes with services"
preflight { name = "disk", at_least = 1, run = function() end }
