-- expect: refused "a service needs a probe"
service { name = "case" }
