-- expect: no-data "could not load PEM client certificate"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    http.get("https://localhost:" .. at.NGINX_CLIENT, { ca = at.TEST_CA, cert = at.DIR .. "/none.pem" })
  end,
}
