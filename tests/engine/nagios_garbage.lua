-- expect: healthy
service {
  name = "case",
  timeout = "15s",
  -- Bytes that are no UTF-8, far more performance data than anybody wants, and a gigantic first line behind them.
  probe = function()
    local m = nagios.probe {
      "sh", "-c", "printf 'OK \\377\\376|'; i=0; while [ $i -lt 300 ]; do printf \"a$i=$i;;;; \"; i=$((i+1)); done; head -c 300000 /dev/zero | tr '\\0' x",
    }()
    local n = 0
    for _ in pairs(m) do
      n = n + 1
    end
    return { n = n, output = #m.output }
  end,
  limits = { n = { down = "~= 103" }, output = { down = "~= 5" } },
}
