-- expect: refused "more than 32 MiB of memory"
local t = {}
for i = 1, math.huge do
  t[i] = { i }
end
