-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    local closing <close> = setmetatable({}, {
      __close = function()
        while true do end
      end,
    })
    return { value = closing ~= nil }
  end,
}
