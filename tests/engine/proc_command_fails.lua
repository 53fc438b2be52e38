-- expect: down "proc.command sh: exit code 5: cannot do it"
service {
  name = "case",
  timeout = "15s",
  probe = function()
    proc.command({ "sh", "-c", "echo cannot do it >&2; exit 5" }).run()
  end,
}
