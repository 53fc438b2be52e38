-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    local t = setmetatable({}, {
      __index = function()
        while true do end
      end,
    })
    while true do
      pcall(function()
        return t.x
      end)
    end
  end,
}
