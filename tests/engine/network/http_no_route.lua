-- expect: no-data "etwork is unreachable"
-- The network of this case has no way out: that says nothing about the target (an address for documentation, RFC 5737).
service {
  name = "case",
  probe = function()
    http.get "http://192.0.2.1/"
  end,
}
