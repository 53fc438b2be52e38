-- expect: no-data "attempt to index a nil value"
service {
  name = "case",
  probe = function()
    return { value = nowhere.at.all }
  end,
}
