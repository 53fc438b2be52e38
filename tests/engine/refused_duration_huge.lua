-- expect: refused "service case: every: 1e+300 is no number of seconds"
service { name = "case", every = 1e300, probe = function() end }
