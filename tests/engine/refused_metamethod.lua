-- expect: refused "a service needs a probe"
-- No metamethod of the table is called: one that raises would leave behind what is half read.
service(setmetatable({ name = "case", limits = { x = { down = "> 1" } } }, { __index = function() error "asked" end }))
