-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    return { same = proc.run({ "echo", "$(id)", "`id`", ";id" }).stdout }
  end,
  limits = { same = { down = "~= '$(id) `id` ;id\n'" } },
}
