-- expect: refused "restart: must be a function, or a driver"
service { name = "case", probe = function() end, restart = "systemctl restart case" }
