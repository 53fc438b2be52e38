-- expect: refused "channel hook: declared twice in this file"
local function send() end
channel { name = "hook", send = send }
channel { name = "hook", send = send }
