-- expect: no-data "not possible inside a sort comparator"
local at = settings.env
service {
  name = "case",
  timeout = "5s",
  probe = function()
    table.sort({ 2, 1 }, function(a, b)
      http.get(at.HTTP .. "/ok")
      return a < b
    end)
  end,
}
