-- The worker pool: who is in it, is each one reachable, and when was its last heartbeat?
-- The platform keeps the list in a table (name, hostname, status, last_heartbeat_at, is_approved, is_enabled and an address);
-- where there is none, settings name the workers.
local workers = settings.workers or {}
local url = workers.url or (settings.postgres or {}).url

local POOL = [[
  SELECT name, address, extract(epoch FROM now() - last_heartbeat_at)::float8 AS heartbeat_age_s
  FROM %s WHERE is_approved AND is_enabled ORDER BY name
]]

local function enumerate()
  if workers.table then
    assert(workers.table:match "^[%w_.]+$", "settings.workers.table: a table's name is needed")
    return pg.query(url, POOL:format(workers.table))
  end
  local list = {}
  for name, address in pairs(workers.list) do
    list[#list + 1] = { name = name, address = address }
  end
  return list
end

-- Does it answer at all? What it says of itself is its own service's business.
local function is_reachable(worker)
  if not worker.address then
    return true
  end
  return (pcall(http.get, worker.address, { timeout = "3s" }))
end

-- The cards of workers, by their names: { ["gpu-1"] = { index = { 0 }, ssh = "gpu-1", user = "signalbox", key = "gpu-1-key" } };
-- without ssh this machine's own.
local function reset_cards(cards)
  local options = {}
  for key, value in pairs(cards) do
    if key ~= "index" and key ~= "ssh" then
      options[key] = value
    end
  end
  for _, index in ipairs(cards.index) do
    if cards.ssh then
      ssh.command(cards.ssh, { "sudo", "nvidia-smi", "--gpu-reset", "--id=" .. index }, options).run {}
    else
      gpu.reset(index, options)
    end
  end
  return { reset = cards.index }
end

local resets = {}
for name, cards in pairs(workers.gpu or {}) do
  resets["gpu-reset-" .. name] = {
    title = "Reset the graphics cards of " .. name,
    confirm = true,
    run = function()
      return reset_cards(cards)
    end,
  }
end

if (workers.table and url) or next(workers.list or {}) then
  service {
    name = "workers",
    title = "Workers",
    group = "Generation",
    critical = true,
    timeout = "20s",

    probe = function()
      local stale_after = 3 * (workers.heartbeat_every or 15)
      local total, online, missing, oldest = 0, 0, {}, 0
      for _, worker in ipairs(enumerate()) do
        local age = worker.heartbeat_age_s -- nil: never, or a list, which has none
        local has_beat = not workers.table or (age and age <= stale_after)
        total = total + 1
        oldest = math.max(oldest, age or 0)
        if has_beat and is_reachable(worker) then
          online = online + 1
        else
          missing[#missing + 1] = worker.name
        end
      end
      return { total = total, online = online, missing = table.concat(missing, ", "), oldest_heartbeat_s = oldest }
    end,

    actions = resets,

    judge = function(m)
      if m.online == 0 then
        return down(m.total == 0 and "the pool has no approved and enabled worker" or "no worker is online: " .. m.missing)
      elseif m.online < m.total then
        return degraded(("%d of %d workers are online; missing: %s"):format(m.online, m.total, m.missing))
      end
      return healthy()
    end,
  }
end
