-- expect: no-data "example.org"
-- This machine's own name servers are not reached: that says nothing about the target.
service {
  name = "case",
  timeout = "10s",
  probe = function()
    redis.connect "redis://redis.example.org"
  end,
}
