-- expect: down "gpu.reset: Unable to reset: --gpu-reset --id=2"
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    gpu.reset(1, { program = at.NVIDIA_SMI_RESET })
    gpu.reset(2, { program = at.NVIDIA_SMI_RESET })
  end,
}
