-- The database: can one connect and write, how full is its pool of connections, is its schema the expected one?
-- Connect as an ordinary role: a superuser still gets in when everybody else is turned away.
local postgres = settings.postgres or {}

-- Of other roles' connections an ordinary role sees that they are there, and to which database; not of which kind they are.
local POOL = [[
  SELECT (SELECT count(*) FROM pg_stat_activity
          WHERE backend_type = 'client backend' OR backend_type IS NULL AND datid IS NOT NULL AND usesysid IS NOT NULL) AS used,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS usable,
         pg_is_in_recovery() AS read_only,
         extract(epoch FROM pg_postmaster_start_time())::float8 AS up_since,
         current_setting('server_version') AS version
]]

local function migration_is_current(db)
  local migration = postgres.migration
  if not migration then
    return nil
  end
  return tostring(db:value(migration.query)) == tostring(migration.expected)
end

if postgres.url then
  service {
    name = "postgres",
    title = "PostgreSQL",
    group = "Platform",
    critical = true,
    timeout = "5s",

    probe = function()
      local db = pg.connect(postgres.url)
      local pool = db:query(POOL)[1]
      local measures = {
        connect_ms = db.connect_ms,
        connections = pool.used,
        connections_max = pool.usable,
        pool_used_pct = 100 * pool.used / pool.usable,
        read_only = pool.read_only,
        up_since = pool.up_since,
        version = pool.version,
        migration_current = migration_is_current(db),
      }
      -- A full disk still answers SELECT: write something, in a table that goes with the connection.
      db:query "CREATE TEMP TABLE signalbox_write_check (at timestamptz)"
      db:query "INSERT INTO signalbox_write_check VALUES (now())"
      return measures
    end,

    judge = function(m)
      if m.pool_used_pct > 95 then
        return down(("%d of %d connections are in use"):format(m.connections, m.connections_max))
      elseif m.read_only then
        return down "the server is read-only"
      elseif m.migration_current == false then
        return degraded "the schema is not at the expected migration"
      elseif m.pool_used_pct > 80 then
        return degraded(("%d of %d connections are in use"):format(m.connections, m.connections_max))
      elseif m.connect_ms > 500 then
        return degraded(("connecting took %d ms"):format(m.connect_ms))
      end
      return healthy()
    end,
  }
end
