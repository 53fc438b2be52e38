-- expect: refused "refused_syntax.lua:3:"
service {
  name = = "case",
}
