-- The startup checklist: what has to be there before generation may begin. What is not named in settings.lua is not asked for.
-- Every service declared `critical` is on the list by itself.
-- A check that fails because of the world says so: it returns down "what is wrong, where, what would be right"; one that is not done yet
-- returns pending "how far it is", and is asked again at once. An error that is raised by mistake fails too, with its file and line.
local postgres = settings.postgres or {}
local models = settings.models or {}
local startup = settings.startup or {}
local signalbox = settings.signalbox or {}

if signalbox.url then
  preflight {
    name = "schema",
    title = "Signalbox's own schema is current",
    help = "Run signalbox migrate.",
    run = function(own)
      local db = pg.connect(signalbox.url)
      if not db:value "SELECT to_regclass('schema_migrations')::text" then
        return down(("the database has no schema of Signalbox; this Signalbox needs %s"):format(own.schema))
      end
      local at = db:value "SELECT coalesce(max(version), '0') FROM schema_migrations"
      if tonumber(at) < tonumber(own.schema) then
        return down(("Signalbox's schema is at %s, this Signalbox needs %s"):format(at, own.schema))
      end
    end,
  }
end

if postgres.url and postgres.migration then
  preflight {
    name = "migrations",
    title = "The platform's schema is current",
    help = "Run the platform's migrations.",
    run = function()
      local at = tostring(pg.connect(postgres.url):value(postgres.migration.query))
      local expected = tostring(postgres.migration.expected)
      if at ~= expected then
        return down(("the platform's database is at migration %s; %s is expected"):format(at, expected))
      end
    end,
  }
end

local instances = {}
for name in pairs(settings.comfyui or {}) do
  instances[#instances + 1] = name
end
if #instances > 0 then
  preflight {
    name = "comfyui",
    title = "ComfyUI can be reached",
    help = "Start an instance of ComfyUI, or look at its service below.",
    services = instances,
    at_least = 1,
  }
end

if (settings.workers or {}).table or next((settings.workers or {}).list or {}) then
  preflight {
    name = "workers",
    title = "At least one worker is online",
    help = "Start a worker; it has to be approved, enabled and sending heartbeats.",
    services = { "workers" },
  }
end

-- A file: { path = "...", size = bytes, sha256 = "..." }, size and sha256 if wanted; or its path alone.
local function wanted(file)
  return type(file) == "table" and file or { path = file }
end

local function check_size(file)
  local size = fs.size(file.path)
  if not size then
    return down(file.path .. " is missing")
  elseif file.size and size ~= file.size then
    return down(("%s has %d bytes; %d are expected"):format(file.path, size, file.size))
  end
end

-- Reading many GiB takes longer than a run may: each run goes on where the last one was. A file that has not changed is not read again.
local function check_sum(file)
  local sum, part = fs.sha256(file.path)
  if not sum then
    return pending(("%s is still being read: %.0f %%"):format(file.path, 100 * part))
  elseif sum ~= file.sha256:lower() then
    return down(("%s is another file than the one expected: its SHA-256 is %s, not %s"):format(file.path, sum, file.sha256:lower()))
  end
end

local function check_files()
  local fault
  for _, file in ipairs(models.files or {}) do
    fault = fault or check_size(wanted(file))
  end
  for _, file in ipairs(models.files or {}) do
    fault = fault or wanted(file).sha256 and check_sum(wanted(file))
  end
  return fault or nil
end

-- Names as ComfyUI itself lists them: { checkpoints = { "model.safetensors" } }. One instance that has all of them is enough.
local function missing_at(address)
  for folder, names in pairs(models.comfyui) do
    local listed = {}
    for _, name in ipairs(http.get(address .. "/models/" .. folder):expect(200):json()) do
      listed[name] = true
    end
    for _, name in ipairs(names) do
      if not listed[name] then
        return ("%s does not list %s/%s"):format(address, folder, name)
      end
    end
  end
end

local function check_listed()
  local faults = {}
  for name, instance in pairs(settings.comfyui or {}) do
    local address = type(instance) == "table" and instance.url or instance
    local asked, missing = pcall(missing_at, address)
    if asked and not missing then
      return
    end
    faults[#faults + 1] = ("%s: %s"):format(name, tostring(missing))
  end
  table.sort(faults)
  return down(#faults > 0 and table.concat(faults, "; ") or "no instance of ComfyUI is configured that could list models")
end

if models.files or models.comfyui then
  preflight {
    name = "models",
    title = "The required model files are there",
    help = "Copy the missing file, or take it out of settings.models.",
    every = "5m",
    timeout = "30s",
    run = function()
      return check_files() or models.comfyui and check_listed() or nil
    end,
  }
end

if next(settings.filesystem or {}) then
  local most = startup.disk_used_pct or 95
  preflight {
    name = "disk",
    title = "There is room on the disks",
    help = "Free some space.",
    run = function()
      for _, path in pairs(settings.filesystem) do
        local disk = fs.usage(path)
        if disk.read_only then
          return down(path .. " is mounted read-only")
        elseif disk.used_pct > most then
          local free_gib = disk.free_bytes / 2 ^ 30
          return down(("%s is %.1f %% full, %.1f GiB are free; at most %g %% are right"):format(path, disk.used_pct, free_gib, most))
        elseif disk.inodes_used_pct > most then
          return down(("%s has used %.1f %% of its inodes; at most %g %% are right"):format(path, disk.inodes_used_pct, most))
        end
      end
    end,
  }
end

if postgres.url then
  local most = startup.clock_off_s or 5
  preflight {
    name = "clock",
    title = "The clock agrees with the database's",
    help = "Set the clock: timedatectl set-ntp true.",
    required = false,
    run = function()
      local db = pg.connect(postgres.url)
      local before = time.now()
      local there = db:value "SELECT extract(epoch FROM clock_timestamp())::float8"
      local off = (before + time.now()) / 2 - there
      if math.abs(off) > most then
        return down(("this machine's clock is %.1f s %s the database's; at most %g s are right"):format(
          math.abs(off), off > 0 and "ahead of" or "behind", most))
      end
    end,
  }
end
