-- expect: no-data "there are 2 samples of up with these labels; name more labels, or use sum, min or max"
service {
  name = "case",
  probe = function()
    prometheus.parse('up{job="a"} 1\nup{job="b"} 0\n'):value "up"
  end,
}
