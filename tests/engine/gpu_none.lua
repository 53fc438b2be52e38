-- expect: down "no such file"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    gpu.query { program = "/no/such/nvidia-smi" }
  end,
}
