-- ComfyUI, one service an instance: the HTTP API with its version, the WebSocket, and the queue; and its levers: restart, logs,
-- diagnose, free VRAM, reset of its cards. What an entry of settings.comfyui may hold stands in checks.d/README.md ("ComfyUI: its levers").
-- HTTP keeps answering while a job is stuck, so the WebSocket's first message and a ping over it are looked at too.
local function get(address, path, timeout)
  return http.get(address .. path, { timeout = timeout or "5s" }):expect(200):json()
end

local function probe(address)
  local stats = http.get(address .. "/system_stats"):expect(200):json()
  local queue = http.get(address .. "/queue"):expect(200):json()

  local socket = ws.connect((address:gsub("^http", "ws")) .. "/ws?clientId=signalbox")
  local first = json.decode(socket:receive())
  local ping_ms = socket:ping()
  socket:close()

  local card = stats.devices and stats.devices[1]
  return {
    version = stats.system.comfyui_version,
    queue_running = #queue.queue_running,
    queue_pending = #queue.queue_pending,
    ws_first_message = first.type,
    ws_ping_ms = ping_ms,
    gpu = card and card.name,
    vram_free_pct = card and card.vram_total > 0 and 100 * card.vram_free / card.vram_total or nil,
  }
end

-- An entry's options without the keys that choose the driver.
local function rest(entry, ...)
  local options, drop = {}, { ... }
  for key, value in pairs(entry) do
    options[key] = value
  end
  for _, key in ipairs(drop) do
    options[key] = nil
  end
  return options
end

local function restart_by(entry)
  if entry.systemd then
    return systemd.unit(entry.systemd, rest(entry, "systemd"))
  elseif entry.docker then
    return docker.container(entry.docker, rest(entry, "docker"))
  elseif entry.ssh then
    return ssh.command(entry.ssh, entry.command, rest(entry, "ssh", "command"))
  elseif entry.command then
    return proc.command(entry.command, rest(entry, "command"))
  end
  error("settings.comfyui: restart has to name systemd, docker, ssh or command", 0)
end

-- ComfyUI keeps what is queued in memory: a restart loses it, and the job that runs. True: nothing is left, or nobody can say.
local function is_idle(address)
  local answered, queue = pcall(get, address, "/queue", "3s")
  if not answered then
    return true -- it answers nothing: that is what a restart is for
  end
  return #queue.queue_running + #queue.queue_pending == 0, #queue.queue_running, #queue.queue_pending
end

local function wait_until_idle(name, address, wait_s)
  local deadline_ms = time.mono_ms() + 1000 * wait_s
  while true do
    local idle, running, waiting = is_idle(address)
    if idle then
      return
    elseif time.mono_ms() >= deadline_ms then
      return ("%s has %d running and %d waiting jobs after %g s; wait for them, or restart it by force, which loses them"):format(
        name, running, waiting, wait_s)
    end
    log.progress(("waits for %d running and %d waiting jobs"):format(running, waiting))
    time.sleep(0.5)
  end
end

local function restart_of(name, address, entry)
  local driver, wait_s = restart_by(rest(entry.restart, "wait_s", "watch")), entry.restart.wait_s or 60
  return {
    driver = driver.driver,
    target = driver.target,
    timeout = ("%ds"):format(wait_s // 1 + 120),
    watch = entry.restart.watch,
    run = function(with)
      local why = not with.force and wait_until_idle(name, address, wait_s)
      if why then
        return down(why)
      end
      return driver.run(with)
    end,
  }
end

-- Its own log, as it keeps it in memory: the last 300 pieces of what it printed.
local function own_log(address)
  return {
    driver = "http",
    target = address .. "/internal/logs/raw",
    run = function()
      local pieces = {}
      for _, entry in ipairs(get(address, "/internal/logs/raw").entries) do
        pieces[#pieces + 1] = entry.m
      end
      return table.concat(pieces):sub(-131072)
    end,
  }
end

local function logs_of(address, source)
  if not source then
    return own_log(address)
  elseif source.journal then
    return journal.unit(source.journal, rest(source, "journal"))
  elseif source.docker then
    return docker.logs(source.docker, rest(source, "docker"))
  elseif source.file then
    return file.tail(source.file, rest(source, "file"))
  elseif source.ssh then
    return ssh.command(source.ssh, source.command, rest(source, "ssh", "command"))
  elseif source.command then
    return proc.command(source.command, rest(source, "command"))
  end
  error("settings.comfyui: logs has to name journal, docker, file, ssh or command", 0)
end

-- A job of the queue: [number, id, prompt, {create_time (ms; newer ones only), ...}, outputs].
local function describe_jobs(queue)
  local jobs = {}
  for i = 1, math.min(#queue, 20) do
    local job = queue[i]
    local created_ms = type(job[4]) == "table" and job[4].create_time
    jobs[i] = { id = job[2], age_s = created_ms and time.now() - created_ms / 1000 or nil }
  end
  return jobs
end

local function diagnose(address)
  local stats, queue = get(address, "/system_stats"), get(address, "/queue")
  local _, models = pcall(get, address, "/models/checkpoints")
  return {
    system = stats.system,
    devices = stats.devices,
    running = describe_jobs(queue.queue_running),
    waiting = #queue.queue_pending,
    next_waiting = describe_jobs(queue.queue_pending),
    checkpoints = type(models) == "table" and #models or nil,
  }
end

local function free_gib(address)
  local card = get(address, "/system_stats").devices[1]
  return card and card.vram_free / 2 ^ 30
end

-- It answers at once and does it between two jobs: what came of it within ten seconds is told.
local function free_vram(address)
  local before = free_gib(address)
  http.post(address .. "/free", { json = { unload_models = true, free_memory = true } }):expect(200)
  local deadline_ms, after = time.mono_ms() + 10000, free_gib(address)
  while before and after <= before and not is_idle(address) and time.mono_ms() < deadline_ms do
    time.sleep(0.5)
    after = free_gib(address)
  end
  return { vram_free_gib_before = before, vram_free_gib = after }
end

-- cards: indexes. On another machine by ssh, as a key with that one permission.
local function reset_cards(cards)
  local reset = {}
  for _, index in ipairs(cards.index) do
    if cards.ssh then
      local argv = { "sudo", "nvidia-smi", "--gpu-reset", "--id=" .. index }
      ssh.command(cards.ssh, argv, rest(cards, "ssh", "index")).run {}
    else
      gpu.reset(index, rest(cards, "index"))
    end
    reset[#reset + 1] = index
  end
  return { reset = reset }
end

local function actions_of(address, cards)
  local actions = {
    ["free-vram"] = {
      title = "Unload models and free VRAM",
      run = function()
        return free_vram(address)
      end,
    },
  }
  if cards then
    actions["gpu-reset"] = {
      title = "Reset the graphics cards",
      confirm = true,
      run = function()
        return reset_cards(cards)
      end,
    }
  end
  return actions
end

for name, entry in pairs(settings.comfyui or {}) do
  entry = type(entry) == "table" and entry or { url = entry }
  local address = entry.url

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

    restart = entry.restart and restart_of(name, address, entry),
    logs = logs_of(address, entry.logs),
    actions = actions_of(address, entry.gpu),

    diagnose = function()
      return diagnose(address)
    end,
  }
end
