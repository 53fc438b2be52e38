-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    local listener, sender = redis.connect(at.REDIS, { password = "correct horse" }), redis.connect(at.REDIS, { password = "correct horse" })
    listener:subscribe "one"
    listener:subscribe "two"
    assert(sender:publish("one", "first\0") == 1 and sender:publish("two", "second") == 1 and sender:publish("three", "nobody") == 0)
    local channel, text = listener:receive()
    assert(channel == "one" and text == "first\0")
    channel, text = listener:receive "1s"
    assert(channel == "two" and text == "second")
    local ok, why = pcall(listener.receive, listener, "100ms")
    assert(not ok and why.message:find "redis receive: nothing came within %d+ ms", why)
    sender:publish("two", "third")
    assert(select(2, listener:receive()) == "third")
  end,
}
