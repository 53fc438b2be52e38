-- expect: refused "preflight disk: services: must name at least one"
preflight { name = "disk", services = {} }
