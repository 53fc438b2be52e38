-- expect: healthy
local at = settings.env
service {
  name = "case",
  timeout = "15s",
  probe = function()
    -- A stand-in for the program, not for the driver: prints as nvidia-smi does, one card without a power meter.
    local cards = gpu.query { program = at.NVIDIA_SMI }
    return {
      cards = #cards,
      first = cards[1].name .. " " .. cards[1].utilization_pct .. " " .. cards[1].memory_used_pct,
      second_power = tostring(cards[2].power_w),
    }
  end,
  limits = { cards = { down = "~= 2" }, first = { down = "~= 'NVIDIA A100-SXM4-40GB 87 25.0'" }, second_power = { down = "~= 'nil'" } },
}
