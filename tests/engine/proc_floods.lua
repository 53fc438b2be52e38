-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = proc.run({ "sh", "-c", "head -c 300000 /dev/zero" }, { max_output = 1000 })
    return { bytes = #r.stdout, truncated = r.truncated }
  end,
  limits = { bytes = { down = "~= 1000" }, truncated = { down = "== false" } },
}
