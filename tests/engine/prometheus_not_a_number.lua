-- expect: healthy
service {
  name = "case",
  probe = function()
    local samples = prometheus.parse 'q{quantile="0.5"} NaN\nt 1 1500\nq{quantile="0.9"} 3\n'
    return {
      none = tostring(samples:value("q", { quantile = "0.5" })),
      sum = samples:sum "q",
      timestamp = samples:list "t"[1].timestamp,
      all = #samples:list "q",
    }
  end,
  limits = { none = { down = "~= 'nil'" }, sum = { down = "~= 3" }, timestamp = { down = "~= 1.5" }, all = { down = "~= 2" } },
}
