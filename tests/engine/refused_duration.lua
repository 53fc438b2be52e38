-- expect: refused "service case: every: "
service { name = "case", every = "half a minute", probe = function() end }
