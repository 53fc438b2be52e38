-- expect: healthy
service {
  name = "case",
  timeout = "15s",
  probe = function()
    return { bytes = #proc.command({ "sh", "-c", "yes xxxxxxxx | head -c 900000" }, { max_output = 1000000 }).run(1000) }
  end,
  limits = { bytes = { down = "~= 9000" } },
}
