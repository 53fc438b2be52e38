-- expect: no-data "no answer for"
-- This machine's own name servers are not reached: that says nothing about the name.
service {
  name = "case",
  timeout = "5s",
  probe = function()
    dns.query("example.org", { timeout = "1s" })
  end,
}
