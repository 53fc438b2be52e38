-- expect: no-data "give them as basic"
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    assert(http.get(at.HTTP .. "/ok?to=a@b").status == 200)
    http.get((at.HTTP:gsub("://", "://user:secret@")))
  end,
}
