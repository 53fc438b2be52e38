-- expect: no-data "key: of which certificate?"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    http.get("https://localhost:" .. at.NGINX_CLIENT, { key = at.CLIENT_KEY })
  end,
}
