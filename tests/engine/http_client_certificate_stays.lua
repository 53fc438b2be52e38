-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    -- To another origin nobody shows it; on its own it is shown again.
    local shown = { ca = at.TEST_CA, cert = at.CLIENT_CERT, key = at.CLIENT_KEY }
    assert(http.get("https://localhost:" .. at.NGINX_CLIENT .. "/here", shown).status == 200)
    assert(http.get("https://localhost:" .. at.NGINX_CLIENT .. "/away", shown).status == 400)
  end,
}
