-- expect: no-data "memory budget of 32 MiB"
service {
  name = "case",
  probe = function()
    local t = {}
    for i = 1, math.huge do
      t[i] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 }
    end
  end,
}
