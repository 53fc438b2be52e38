-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = http.post(at.HTTP .. "/echo", { json = { prompt = { 1, 2 }, empty = json.array {} }, basic = { "me", "secret" } }):json()
    return { body = r.body, type = r.headers["content-type"], auth = r.headers.authorization, origin = tostring(r.headers.origin) }
  end,
  limits = {
    type = { down = "~= 'application/json'" },
    auth = { down = "~= 'Basic bWU6c2VjcmV0'" },
    origin = { down = "~= 'nil'" },
  },
}
