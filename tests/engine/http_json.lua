-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local v = http.get(at.HTTP .. "/json"):json()
    return { same = v.system.version == "1.2" and #v.list == 3 and v.nothing == json.null }
  end,
  limits = { same = { down = "== false" } },
}
