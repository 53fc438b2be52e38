-- expect: no-data "limits_xpcall.lua:8: attempt to call a nil value (global 'xpcall')"
-- A handler of xpcall runs where no hook is heard: there is no xpcall.
service {
  name = "case",
  probe = function()
    local function forever() while true do end end
    while true do
      xpcall(forever, forever)
    end
  end,
}
