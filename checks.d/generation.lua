-- Does a job really come through? One service beside each ComfyUI instance whose entry in settings.comfyui has `canary`: now and then a
-- minimal job is submitted and followed to its end. What it may hold, what it costs and what it leaves: checks.d/README.md ("ComfyUI:
-- does a job really come through?"). HTTP keeps answering in 0.1 s while a job is stuck: only this, and the age of the running job,
-- show it.
local function get(address, path)
  return http.get(address .. path, { timeout = "5s" }):expect(200):json()
end

local function post(address, path, body)
  return http.post(address .. path, { json = body, timeout = "5s" })
end

-- Needs no model: an empty image, previewed.
local SMALLEST = {
  ["1"] = { class_type = "EmptyImage", inputs = { width = 16, height = 16, batch_size = 1, color = "{random}" } },
  ["2"] = { class_type = "PreviewImage", inputs = { images = { "1", 0 } } },
}

-- The workflow with a new number for each "{random}": what ComfyUI has done before, it answers from its cache and does nothing.
local function vary(value)
  if value == "{random}" then
    return math.random(0, 0xFFFFFF)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for key, item in pairs(value) do
    copy[key] = vary(item)
  end
  return copy
end

-- What ComfyUI says against a workflow: its error, and the first of each node's.
local function refusal(answer)
  local read, said = pcall(answer.json, answer)
  local err = read and type(said) == "table" and said.error
  if type(err) ~= "table" then
    return ("ComfyUI answers %d to the job"):format(answer.status)
  end
  local why = ("ComfyUI refuses the workflow: %s"):format(err.message)
  for id, node in pairs(said.node_errors or {}) do
    local first = node.errors and node.errors[1] or {}
    why = why .. ("; node %s (%s): %s: %s"):format(id, node.class_type, first.message, first.details)
  end
  return why
end

-- A job of the queue: [number, id, prompt, {client_id, ...}, outputs].
local function id_of(job)
  return job and job[2]
end

local function is_of(job, client)
  return type(job[4]) == "table" and job[4].client_id == client
end

local function find(queue, id)
  for _, job in ipairs(queue) do
    if id_of(job) == id then
      return true
    end
  end
  return false
end

-- What happened to a job, as the history has it: {name = {timestamp (ms of ComfyUI's clock), ...}}.
local function events_of(entry)
  local events = {}
  for _, message in ipairs(entry.status and entry.status.messages or {}) do
    events[message[1]] = message[2]
  end
  return events
end

-- How the job ended: nil when it did well, else what is wrong with the instance. Somebody else's interrupt says nothing of it.
local function ending(entry, events)
  local failed = events.execution_error
  if events.execution_interrupted then
    error("somebody interrupted the canary's job: nothing is known by it", 0)
  elseif failed then
    return ("the job failed at node %s (%s): %s"):format(failed.node_id, failed.node_type, failed.exception_message)
  elseif entry.status and entry.status.status_str == "error" then
    return "the job failed"
  end
end

-- One instance's canary; what it remembers from run to run is lost when the files are read anew, which costs a later verdict at most.
local function canary_of(name, address, with)
  local canary = { client = with.client_id or "signalbox-" .. name, wait_s = with.wait_s or 120, left = {} }

  -- Since when has what runs now been running? That far back as somebody looked.
  local function look()
    local queue, now_ms = get(address, "/queue"), time.mono_ms()
    local head = id_of(queue.queue_running[1])
    if head ~= canary.head then
      canary.head, canary.head_since_ms = head, now_ms
    end
    canary.head_s = head and (now_ms - canary.head_since_ms) / 1000 or 0
    return queue
  end

  -- Nothing of it stays in the queue or in the history. A job that runs is left to its end: older ComfyUI can only interrupt whatever
  -- runs by then, which may be somebody's.
  local function withdraw(id)
    post(address, "/queue", { delete = { id } })
    if find(look().queue_running, id) then
      canary.left[id] = true
    else
      post(address, "/history", { delete = { id } })
      canary.left[id] = nil
    end
  end

  -- What earlier runs, or earlier lives of Signalbox, had to leave. Returns the id of one that still runs.
  local function tidy()
    local queue, running = look(), nil
    for _, job in ipairs(queue.queue_pending) do
      if is_of(job, canary.client) then
        canary.left[id_of(job)] = true
      end
    end
    for id in pairs(canary.left) do
      withdraw(id)
    end
    for _, job in ipairs(queue.queue_running) do
      running = is_of(job, canary.client) and id_of(job) or running
    end
    return running
  end

  -- Until it has ended, or its time is up. Returns its entry in the history; nil: it still waits or runs.
  local function follow(id, m)
    local began_ms, pause_s, missed, running_ms = time.mono_ms(), 0.1, 0, nil
    repeat
      local entry = get(address, "/history/" .. id)[id]
      local now_ms, queue = time.mono_ms(), not entry and look()
      if entry then
        m.job_ms = now_ms - began_ms
        m.run_ms = running_ms and now_ms - running_ms or 0
        return entry
      elseif find(queue.queue_running, id) then
        running_ms, missed = running_ms or now_ms, 0
      elseif find(queue.queue_pending, id) then
        missed = 0
      else
        missed = missed + 1 -- it may have ended between the two looks
      end
      if missed > 2 then
        error("the canary's job is neither in the queue nor in the history: ComfyUI was restarted, or somebody cleared them", 0)
      end
      time.sleep(pause_s)
      pause_s = math.min(1, 1.5 * pause_s)
    until time.mono_ms() - began_ms > 1000 * canary.wait_s
    m.is_running = running_ms ~= nil
  end

  local function judge_end(entry, m)
    local events = events_of(entry)
    local began, done = events.execution_start, events.execution_success
    if began and done and began.timestamp and done.timestamp then
      m.run_ms = done.timestamp - began.timestamp -- both of ComfyUI's clock
    end
    m.wait_ms = math.max(0, m.job_ms - m.run_ms)
    m.cached_nodes = events.execution_cached and #(events.execution_cached.nodes or {}) or 0
    m.problem = ending(entry, events)
    m.outcome = m.problem and "failed" or "completed"
  end

  function canary.probe()
    local earlier = tidy()
    local queue = look()
    local m = { queued_behind = #queue.queue_running + #queue.queue_pending, outcome = "not submitted", head_s = canary.head_s }
    if earlier then -- one at a time
      m.problem = ("the canary's job of an earlier run is still running, after %.0f s"):format(canary.head_s)
      return m
    end
    local submitted_ms = time.mono_ms()
    local answer = post(address, "/prompt", { prompt = vary(with.workflow or SMALLEST), client_id = canary.client })
    m.submit_ms = time.mono_ms() - submitted_ms
    if answer.status ~= 200 then
      m.outcome, m.problem = "refused", refusal(answer)
      return m
    end
    local id = answer:json().prompt_id
    canary.left[id] = true -- until it is withdrawn
    local followed, entry = pcall(follow, id, m)
    local judged, why = followed, entry
    if followed and entry then
      judged, why = pcall(judge_end, entry, m)
    elseif followed then
      m.outcome = "waited"
      m.problem = m.is_running and ("the job has not ended within %g s"):format(canary.wait_s) or nil
    end
    m.head_s, m.is_running = canary.head_s, nil
    local withdrawn, lost = pcall(withdraw, id)
    if not judged or not withdrawn then
      error(not judged and why or lost, 0)
    end
    return m
  end

  return canary.probe
end

-- A busy instance is not down: behind other jobs the canary waits its time and goes, and only a running job that does not give way for
-- too long is held against it.
local function judge_of(slow_s, stuck_s)
  return function(m)
    if m.problem then
      return down(m.problem)
    elseif m.outcome == "waited" and m.head_s > stuck_s then
      return down(("the running job has not given way for %.0f s, %d are before the canary"):format(m.head_s, m.queued_behind))
    elseif m.outcome == "completed" and m.run_ms > 1000 * slow_s then
      return degraded(("the job ran for %.1f s"):format(m.run_ms / 1000))
    elseif m.submit_ms > 3000 then
      return degraded(("ComfyUI took %.1f s to accept the job"):format(m.submit_ms / 1000))
    end
    return healthy()
  end
end

for name, entry in pairs(settings.comfyui or {}) do
  local with = type(entry) == "table" and entry.canary
  if with then
    with = type(with) == "table" and with or {}
    local slow_s, stuck_s = with.slow_s or 10, with.stuck_s or 3600

    service {
      name = name .. "-generation",
      title = (name:match "^comfyui%-(.+)$" and "ComfyUI " or "") .. (name:match "^comfyui%-(.+)$" or name) .. ": generation",
      group = "Generation",
      every = with.every or "10m",
      retry_every = "30s",
      timeout = ("%.0fs"):format((with.wait_s or 120) + 30),
      depends_on = { name },

      probe = canary_of(name, entry.url, with),
      judge = judge_of(slow_s, stuck_s),

      examples = {
        { { outcome = "completed", submit_ms = 4, wait_ms = 2, run_ms = 30, head_s = 0, queued_behind = 0 }, "healthy" },
        { { outcome = "completed", submit_ms = 4, wait_ms = 2, run_ms = 1000 * slow_s + 1, head_s = 0, queued_behind = 0 }, "degraded" },
        { { outcome = "waited", submit_ms = 4, head_s = stuck_s, queued_behind = 7 }, "healthy" },
        { { outcome = "waited", submit_ms = 4, head_s = stuck_s + 1, queued_behind = 7 }, "down" },
      },
    }
  end
end
