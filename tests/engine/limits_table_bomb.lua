-- expect: no-data "memory budget of 32 MiB"
service {
  name = "case",
  probe = function()
    local t = {}
    for i = 1, math.huge do
      t[i] = { i }
    end
  end,
}
