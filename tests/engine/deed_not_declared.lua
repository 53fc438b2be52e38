-- expect: no-data "case declares no restart"
-- deed: service case restart
service { name = "case", probe = function() end }
