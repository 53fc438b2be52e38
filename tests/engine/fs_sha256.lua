-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    local sum, part = fs.sha256(at.CA)
    return { same = sum == digest.sha256(fs.read(at.CA)) and part == 1, again = fs.sha256(at.CA, { within = "1s" }) == sum }
  end,
  limits = { same = { down = "== false" }, again = { down = "== false" } },
}
