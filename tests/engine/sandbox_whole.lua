-- expect: healthy
-- Nothing that reaches outside, or that the watchdog cannot stop, is there.
service {
  name = "case",
  probe = function()
    local present = {}
    for _, name in ipairs {
      "io", "os", "package", "debug", "coroutine", "load", "loadfile", "dofile", "require", "xpcall", "collectgarbage", "print", "env",
    } do
      if _G[name] ~= nil then
        present[#present + 1] = name
      end
    end
    return { present = table.concat(present, " "), string_metatable_hidden = getmetatable "" == nil, dump = string.dump ~= nil }
  end,
  limits = {
    present = { down = "~= ''" },
    string_metatable_hidden = { down = "== false" },
    dump = { down = "== true" },
  },
}
