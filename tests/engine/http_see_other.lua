-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = http.post(at.HTTP .. "/see-other", { body = "x" }):json()
    return { method = r.method, body = r.body }
  end,
  limits = { method = { down = "~= 'GET'" }, body = { down = "~= ''" } },
}
