-- expect: no-data "judge must be pure"
service {
  name = "case",
  probe = function() end,
  judge = function()
    return http.get("http://127.0.0.1:1/").status
  end,
}
