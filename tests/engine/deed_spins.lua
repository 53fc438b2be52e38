-- expect: no-data "CPU budget"
-- deed: channel hook send {}
channel { name = "hook", send = function() while true do end end }
