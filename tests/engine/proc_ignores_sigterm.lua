-- expect: down "not done after 0.2 s"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    proc.run({ "sh", "-c", "trap \"\" TERM; while :; do :; done" }, { timeout = "200ms" })
  end,
}
