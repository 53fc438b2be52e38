-- expect: no-data "none.pem"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    http.get("https://localhost:" .. at.NGINX, { ca = at.DIR .. "/none.pem" })
  end,
}
