-- expect: down "answered 302, expected 200"
-- Ten thousand redirects, each to another address: ten are followed at most.
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    http.get(at.HTTP .. "/redirects/10000", { follow = 10 }):expect(200)
  end,
}
