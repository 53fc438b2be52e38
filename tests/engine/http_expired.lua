-- expect: down "certificate has expired"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    http.get("https://localhost:" .. at.TLS_EXPIRED, { ca = at.TEST_CA })
  end,
}
