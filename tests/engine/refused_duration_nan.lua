-- expect: refused "is no number of seconds"
service { name = "case", every = 0 / 0, probe = function() end }
