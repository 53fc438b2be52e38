-- expect: healthy
-- Messages that are none, and those that hold what this version does not know.
local at = settings.env
service {
  name = "case",
  timeout = "10s",
  probe = function()
    for bytes, status in pairs {
      [""] = "UNKNOWN",
      ["0801"] = "SERVING",
      ["0802"] = "NOT_SERVING",
      ["08ffffffff0f"] = "UNKNOWN",
      ["0d01000000 0801"] = "SERVING",
      ["09 0100000000000000 0801"] = "SERVING",
      ["1000 1a00 0801"] = "SERVING",
    } do
      local got = grpc.health(at.GRPC, "raw" .. bytes).status
      assert(got == status, bytes .. ": " .. got)
    end
    for _, bytes in ipairs { "08", "0880", "08ffffffffffffffffffff01", "12ff01", "12", "0b", "0d00", "0900", "80", "12ffffffffffffffffff01" } do
      local ok, why = pcall(grpc.health, at.GRPC, "raw" .. bytes)
      assert(not ok and why.message:find "is no HealthCheckResponse", bytes .. ": " .. tostring(why))
    end
  end,
}
