-- expect: refused "channel hook: a channel needs send"
channel { name = "hook" }
