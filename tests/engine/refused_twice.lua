-- expect: refused "service case: declared twice"
local function probe() end
service { name = "case", probe = probe }
service { name = "case", probe = probe }
