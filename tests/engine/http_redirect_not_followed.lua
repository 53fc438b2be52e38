-- expect: down "answered 301"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/once", { follow = 0 }):expect(200)
  end,
}
