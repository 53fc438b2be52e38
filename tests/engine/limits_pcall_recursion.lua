-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    local function again()
      return pcall(again)
    end
    while true do
      pcall(again)
    end
  end,
}
