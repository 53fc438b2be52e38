-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local r = proc.run({ "sh", "-c", "cat; echo $WORD >&2; exit 3" }, { stdin = "in", env = { WORD = "hello" } })
    return { all = r.code .. r.stdout .. r.stderr, signal = r.signal or 0, ms = r.ms }
  end,
  limits = { all = { down = "~= '3inhello\n'" } },
}
