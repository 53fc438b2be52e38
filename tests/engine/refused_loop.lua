-- expect: refused "more than 250 ms of CPU"
while true do
  pcall(function()
    while true do end
  end)
end
