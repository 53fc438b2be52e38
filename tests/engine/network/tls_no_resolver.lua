-- expect: no-data "example.org"
-- This machine's own name servers are not reached: that says nothing about the target.
service {
  name = "case",
  timeout = "10s",
  probe = function()
    tls.check "www.example.org"
  end,
}
