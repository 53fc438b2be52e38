-- ComfyUI, one service an instance: the HTTP API with its version, the WebSocket, and the queue.
-- HTTP keeps answering while a job is stuck, so the WebSocket's first message and a ping over it are looked at too.
local function probe(address)
  local stats = http.get(address .. "/system_stats"):expect(200):json()
  local queue = http.get(address .. "/queue"):expect(200):json()

  local socket = ws.connect((address:gsub("^http", "ws")) .. "/ws?clientId=signalbox")
  local first = json.decode(socket:receive())
  local ping_ms = socket:ping()
  socket:close()

  local gpu = stats.devices and stats.devices[1]
  return {
    version = stats.system.comfyui_version,
    queue_running = #queue.queue_running,
    queue_pending = #queue.queue_pending,
    ws_first_message = first.type,
    ws_ping_ms = ping_ms,
    gpu = gpu and gpu.name,
    vram_free_pct = gpu and gpu.vram_total > 0 and 100 * gpu.vram_free / gpu.vram_total or nil,
  }
end

for name, address in pairs(settings.comfyui or {}) do
  service {
    name = name,
    title = "ComfyUI " .. (name:match "^comfyui%-(.+)$" or name),
    group = "Generation",
    critical = true,
    timeout = "10s",

    probe = function()
      return probe(address)
    end,

    limits = {
      ws_first_message = { degraded = "~= 'status'" },
      ws_ping_ms = { degraded = "> 1000" },
      queue_pending = { degraded = "> 50" },
    },
  }
end
