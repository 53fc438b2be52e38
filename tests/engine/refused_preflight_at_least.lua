-- expect: refused "preflight disk: at_least: there are only 1 services in the list"
preflight { name = "disk", services = { "a" }, at_least = 2 }
