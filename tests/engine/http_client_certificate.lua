-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local who = "https://localhost:" .. at.NGINX_CLIENT .. "/who"
    local shown = http.get(who, { ca = at.TEST_CA, cert = at.CLIENT_CERT, key = at.CLIENT_KEY }):expect(200)
    assert(shown.body == "CN=signalbox", shown.body)
    assert(http.get(who, { ca = at.TEST_CA }).status == 400, "one who shows none is turned away")
    assert(http.get(who, { ca = at.TEST_CA, cert = at.CLIENT_CERT, key = at.CLIENT_KEY }).status == 200)
  end,
}
