-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    while true do
      pcall(function()
        while true do end
      end)
    end
  end,
}
