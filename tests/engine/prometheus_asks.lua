-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    local options = { headers = { ["X-Mine"] = "7" } }
    local mine = prometheus.read(at.HTTP .. "/samples", options):value "mine"
    return { mine = mine, untouched = options.max_body == nil and options.headers.Accept == nil }
  end,
  limits = { mine = { down = "~= 7" }, untouched = { down = "== false" } },
}
