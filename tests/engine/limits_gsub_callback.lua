-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    local text = ("x"):rep(1000)
    while true do
      pcall(string.gsub, text, "x", function()
        while true do end
      end)
    end
  end,
}
