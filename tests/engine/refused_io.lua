-- expect: refused "not while the file is being read"
local response = http.get "http://127.0.0.1:1/"
service { name = "case", probe = function() return { status = response.status } end }
