-- expect: no-data "stack overflow"
service {
  name = "case",
  probe = function()
    local function deeper()
      return 1 + deeper()
    end
    return { value = deeper() }
  end,
}
