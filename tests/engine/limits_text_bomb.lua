-- expect: no-data "memory budget of 32 MiB"
service {
  name = "case",
  probe = function()
    local text = "x"
    while true do
      text = text .. text
    end
  end,
}
