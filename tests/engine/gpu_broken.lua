-- expect: down "couldn't communicate with the NVIDIA driver"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    gpu.query { program = at.NVIDIA_SMI_BROKEN }
  end,
}
