-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local site = "https://localhost:" .. at.NGINX
    local function status(basic)
      return http.get(site .. "/basic", { ca = at.TEST_CA, basic = basic }).status
    end
    assert(status { "signalbox", "correct horse" } == 200)
    assert(status { "signalbox", "battery staple" } == 401 and status(nil) == 401)
    local bearer = http.get(site .. "/bearer", { ca = at.TEST_CA, bearer = "tk_0123" }):expect(200).body
    assert(bearer == "Bearer tk_0123", bearer)
  end,
}
