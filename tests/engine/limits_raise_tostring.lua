-- expect: no-data "a table was raised; error() takes a text"
-- What is raised is looked at without running its code.
service {
  name = "case",
  probe = function()
    local function forever() while true do end end
    error(setmetatable({}, { __tostring = forever, __index = forever, __name = "x" }))
  end,
}
