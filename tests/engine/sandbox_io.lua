-- expect: no-data "global 'io'"
service {
  name = "case",
  probe = function()
    return { value = io.open "/etc/passwd" }
  end,
}
