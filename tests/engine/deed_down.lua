-- expect: down "refused"
-- deed: preflight disk run
preflight {
  name = "disk",
  run = function()
    tcp.connect("127.0.0.1", 1)
  end,
}
