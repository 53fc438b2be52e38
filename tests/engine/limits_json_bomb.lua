-- expect: no-data "memory budget of 32 MiB"
-- A text that does not fit any more is refused, and leaves nothing behind in the runner (the suite ends with a leak check).
service {
  name = "case",
  probe = function()
    local full = {}
    for i = 1, 29 do
      full[i] = ("x"):rep(1000000)
    end
    local fits = pcall(json.encode, { full[1], full[2], full[3], full[4] })
    for i = 30, 60 do
      full[i] = ("y"):rep(1000000)
    end
    return { fits = fits }
  end,
}
