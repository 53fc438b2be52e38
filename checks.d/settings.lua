-- What differs between installations. The table that this file returns is the global `settings` of every other file in checks.d.
-- A service whose target is not named here is not declared: it is absent, never red.
-- Passwords do not belong here: put them into files of the secrets directory and write `secret "name"` in a check.
return {
  -- The platform's database. Out of the box: the one that Signalbox itself uses.
  postgres = {
    url = env "SIGNALBOX_DATABASE_URL",
    -- A query that returns the migration that the platform's own database is at, and what it should return (optional):
    -- migration = { query = "SELECT max(version) FROM schema_migrations", expected = "20261124100000" },
  },

  -- Signalbox's own database, whose schema the startup checklist looks at.
  signalbox = { url = env "SIGNALBOX_DATABASE_URL" },

  -- One service an instance: name = address. For example { ["comfyui-1"] = "http://10.0.0.11:8188" }; or a table with what can be
  -- done to it: { ["comfyui-1"] = { url = "http://10.0.0.11:8188", restart = { systemd = "comfyui.service" } } }. More of that stands
  -- in README.md beside this file ("ComfyUI: its levers"). With canary = true a minimal job is submitted every ten minutes ("ComfyUI: does
  -- a job really come through?").
  comfyui = {},

  -- The worker pool: the platform's table (`table`, in `url`'s database, default that of postgres above), or a list.
  workers = {
    -- table = "workers",
    -- list = { ["gpu-1"] = "http://10.0.0.21:9000/health" },
    -- gpu = { ["gpu-1"] = { index = { 0 }, ssh = "gpu-1", user = "signalbox", key = "gpu-1-key" } }, -- cards that an admin may reset
    heartbeat_every = 15, -- seconds between two heartbeats of a worker
  },

  -- One service a path: name = path.
  filesystem = { ["filesystem"] = env "SIGNALBOX_STATE" },

  -- The event bus: a database whose LISTEN/NOTIFY carries it, or NATS, or Redis:
  -- event_bus = { nats = "nats://10.0.0.9:4222", user = "signalbox", password_file = "event-bus" }, -- in the secrets directory
  -- event_bus = { redis = "redis://10.0.0.9:6379" },
  event_bus = { url = env "SIGNALBOX_DATABASE_URL" },

  -- The platform's own API. Out of the box: Signalbox's.
  backend = { url = env "SIGNALBOX_BACKEND_URL" },

  -- Model files that have to be there before generation may begin: paths (with size and sha256 if wanted), and names as
  -- ComfyUI lists them.
  models = {
    -- files = { "/srv/models/base.safetensors", { path = "/srv/models/vae.pt", size = 334643276 } },
    -- comfyui = { checkpoints = { "base.safetensors" } },
  },

  -- Bounds of the startup checklist (checks.d/preflight.lua); these are the defaults.
  startup = {
    -- disk_used_pct = 95, -- fuller, of space or of inodes: not ready
    -- clock_off_s = 5,    -- further from the database's clock: not right
  },

  -- Who is told besides this page. A channel is there when it is named here; the first lines of its file in checks.d/channels/
  -- say what it takes.
  channels = {
    -- slack = {},                                   -- secrets: slack-url
    -- pagerduty = {},                               -- secrets: pagerduty-key
    -- email = { url = "smtp://mail.example.org:587", from = "health@example.org", to = { "ops@example.org" } },
    -- webhook = { url = "https://...", sign = true },
  },

  -- When and how people are told. Everything may be left out; a row of health_alert_configs goes before it.
  alerts = {
    -- channels = { "slack" },        -- of services whose row names none
    -- delay = "5m",                  -- not well for so long: the channels are told
    -- reminder = "4h",               -- an ongoing trouble is told again; left out: never
    -- group = "5s",                  -- services failing within this time are one message
    -- no_data = "5m",                -- a check that has known nothing for so long is a trouble too
    -- give_up_after = "24h",         -- a message that could not be delivered for so long is given up
    -- page_url = "https://health.example.org", -- for links in messages
    -- heartbeat_url = "https://watcher.example.org/ping/...", -- pinged while all of this works
    -- heartbeat_every = "60s",       -- so often
    -- insecure_urls = true,          -- a service's webhook_url may be http:// beyond this machine
  },

  -- Events on NATS or Redis too (Postgres always has them).
  -- bus = { nats = "nats://10.0.0.9:4222", subject = "signalbox" },

  -- Open pages see what happens at once: the socket on which nginx takes what goes out to them.
  dashboard = { socket = env "SIGNALBOX_PUBLISH_SOCKET" },

  -- How long results are kept in Postgres (whole days are dropped), how long their hourly summaries; windows are kept for ever.
  retention = { raw = "14d", hourly = "400d" },

  -- What degraded time counts for in a percentage of uptime: 1 as if it were healthy, 0 as if it were down.
  uptime = { degraded_weight = 0.5 },

  -- While Postgres is away results wait in the local journal. Beyond this number the oldest go first; changes of status never do.
  journal = { max_results = 2000000 },
}
