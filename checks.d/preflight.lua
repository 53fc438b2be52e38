-- The startup checklist: what has to be there before generation may begin. What is not named in settings.lua is not asked for.
-- Every service declared `critical` is on the list by itself.
local postgres = settings.postgres or {}
local models = settings.models or {}

if postgres.url and postgres.migration then
  preflight {
    name = "migrations",
    title = "The platform's schema is current",
    help = "Run the platform's migrations.",
    run = function()
      local at = tostring(pg.connect(postgres.url):value(postgres.migration.query))
      local expected = tostring(postgres.migration.expected)
      assert(at == expected, ("the database is at %s, this platform needs %s"):format(at, expected))
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
local function check_file(file)
  local path = type(file) == "table" and file.path or file
  local size = fs.size(path)
  assert(size, path .. " is missing")
  if type(file) ~= "table" then
    return
  end
  assert(not file.size or size == file.size, ("%s has %d bytes, %d are expected"):format(path, size, file.size or 0))
  if file.sha256 then
    local sum = proc.run({ "sha256sum", "--", path }, { timeout = "10m" })
    local same = sum.code == 0 and sum.stdout:match "^\\?(%x+)" == file.sha256:lower()
    assert(same, path .. " is not the file that is expected: its SHA-256 differs")
  end
end

-- Names as ComfyUI itself lists them: { checkpoints = { "model.safetensors" } }. One instance that has all of them is enough.
local function missing_at(address)
  for folder, names in pairs(models.comfyui) do
    local there = {}
    for _, name in ipairs(http.get(address .. "/models/" .. folder):expect(200):json()) do
      there[name] = true
    end
    for _, name in ipairs(names) do
      if not there[name] then
        return ("%s does not have %s/%s"):format(address, folder, name)
      end
    end
  end
  return nil
end

local function check_listed()
  local why = "no instance of ComfyUI is configured"
  for _, address in pairs(settings.comfyui or {}) do
    local asked, missing = pcall(missing_at, address)
    if asked and not missing then
      return
    end
    why = asked and missing or tostring(missing)
  end
  error(why, 0)
end

if models.files or models.comfyui then
  preflight {
    name = "models",
    title = "The required model files are there",
    help = "Copy the missing file, or take it out of settings.models.",
    every = "5m",
    timeout = "15m",
    run = function()
      for _, file in ipairs(models.files or {}) do
        check_file(file)
      end
      if models.comfyui then
        check_listed()
      end
    end,
  }
end

if next(settings.filesystem or {}) then
  preflight {
    name = "disk",
    title = "There is room on the disks",
    help = "Free some space.",
    run = function()
      for _, path in pairs(settings.filesystem) do
        local disk = fs.usage(path)
        assert(disk.used_pct < 95, ("%s is %.0f %% full"):format(path, disk.used_pct))
        assert(not disk.read_only, path .. " is read-only")
      end
    end,
  }
end

if postgres.url then
  preflight {
    name = "clock",
    title = "The clock agrees with the database's",
    help = "Set the clock: timedatectl set-ntp true.",
    required = false,
    run = function()
      local off = time.now() - pg.connect(postgres.url):value "SELECT extract(epoch FROM clock_timestamp())::float8"
      assert(math.abs(off) < 5, ("this machine's clock is %.1f seconds off the database's"):format(off))
    end,
  }
end
