-- expect: no-data "CPU budget"
service {
  name = "case",
  probe = function()
    local next_one = setmetatable({}, {
      __call = function()
        return 1
      end,
    })
    for _ in next_one do
    end
  end,
}
