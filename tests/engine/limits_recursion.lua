-- expect: no-data "memory budget of 32 MiB"
service {
  name = "case",
  probe = function()
    local function deeper()
      return 1 + deeper()
    end
    return { value = deeper() }
  end,
}
