-- expect: no-data "limits_collectgarbage.lua:7: attempt to call a nil value (global 'collectgarbage')"
-- A full collection is one long call of C: scripts do not ask for one.
service {
  name = "case",
  probe = function()
    while true do
      collectgarbage()
    end
  end,
}
