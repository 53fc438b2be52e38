-- expect: down "not done after 0.2 s; it was ended"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    proc.run({ "sleep", "60" }, { timeout = "200ms" })
  end,
}
