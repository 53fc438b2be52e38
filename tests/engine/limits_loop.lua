-- expect: no-data "limits_loop.lua:5: the CPU budget of 250 ms is spent"
service {
  name = "case",
  probe = function()
    while true do end
  end,
}
