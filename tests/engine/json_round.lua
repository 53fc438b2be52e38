-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local text = json.encode { list = { 1, 2.5, "three" }, none = json.null, empty = json.array {}, deep = { yes = true } }
    local back = json.decode(text)
    return { same = back.list[2] == 2.5 and back.none == json.null and #back.empty == 0 and back.deep.yes and json.encode(back.empty) == "[]" }
  end,
  limits = { same = { down = "== false" } },
}
