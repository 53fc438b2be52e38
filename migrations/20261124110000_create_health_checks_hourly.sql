-- What graphs and long-term questions need when the rows themselves are gone: an hour of a service in one row. By month, so that retention is a
-- DROP here too.
CREATE TABLE health_checks_hourly (
    service_name TEXT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    healthy INTEGER NOT NULL,
    degraded INTEGER NOT NULL,
    down INTEGER NOT NULL,
    latency_min_ms INTEGER,
    latency_avg_ms REAL,
    latency_p50_ms REAL,
    latency_p95_ms REAL,
    latency_max_ms INTEGER,
    PRIMARY KEY (service_name, hour)
) PARTITION BY RANGE (hour);
CREATE TABLE health_checks_hourly_default PARTITION OF health_checks_hourly DEFAULT;

-- One row: every hour before rolled_up_to is in health_checks_hourly as it stands in health_checks. The store moves it back when results of the
-- past arrive (it was behind), and those hours are then computed again.
CREATE TABLE rollup_state (
    only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
    rolled_up_to TIMESTAMPTZ NOT NULL
);
INSERT INTO rollup_state (rolled_up_to) VALUES (date_trunc('hour', now(), 'UTC'));

-- The month's partition of the rollups; a month of which the default partition already holds rows is left to it.
CREATE FUNCTION signalbox_make_month(month DATE) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := 'health_checks_hourly_' || to_char(month, 'YYYYMM');
    first TIMESTAMPTZ := date_trunc('month', month)::timestamp AT TIME ZONE 'UTC';
    next TIMESTAMPTZ := (date_trunc('month', month) + INTERVAL '1 month')::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(name) IS NULL AND NOT EXISTS (SELECT FROM health_checks_hourly_default WHERE hour >= first AND hour < next) THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF health_checks_hourly FOR VALUES FROM (%L) TO (%L)', name, first, next);
    END IF;
END
$$;

-- Rolls up at most max_hours finished hours, oldest first; computing one again replaces it. Returns how many are left to do.
CREATE FUNCTION signalbox_roll_up(max_hours INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    from_hour TIMESTAMPTZ;
    to_hour TIMESTAMPTZ;
    finished TIMESTAMPTZ := date_trunc('hour', now(), 'UTC');
BEGIN
    SELECT rolled_up_to INTO from_hour FROM rollup_state FOR UPDATE;
    -- Hours without any row cost nothing: go on at the first one that has some.
    SELECT LEAST(finished, GREATEST(from_hour, date_trunc('hour', min(checked_at), 'UTC'))) INTO from_hour
    FROM health_checks WHERE checked_at >= from_hour;
    from_hour := COALESCE(from_hour, finished);
    to_hour := LEAST(finished, from_hour + make_interval(hours => max_hours));
    PERFORM signalbox_make_month(month::date)
    FROM generate_series(date_trunc('month', from_hour AT TIME ZONE 'UTC'), to_hour AT TIME ZONE 'UTC', INTERVAL '1 month') AS month;

    INSERT INTO health_checks_hourly
    SELECT service_name, date_trunc('hour', checked_at, 'UTC'),
           count(*) FILTER (WHERE status = 'healthy'), count(*) FILTER (WHERE status = 'degraded'), count(*) FILTER (WHERE status = 'down'),
           min(latency_ms), avg(latency_ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms), max(latency_ms)
    FROM health_checks WHERE checked_at >= from_hour AND checked_at < to_hour
    GROUP BY 1, 2
    ON CONFLICT (service_name, hour) DO UPDATE SET
        healthy = excluded.healthy, degraded = excluded.degraded, down = excluded.down, latency_min_ms = excluded.latency_min_ms,
        latency_avg_ms = excluded.latency_avg_ms, latency_p50_ms = excluded.latency_p50_ms, latency_p95_ms = excluded.latency_p95_ms,
        latency_max_ms = excluded.latency_max_ms;

    UPDATE rollup_state SET rolled_up_to = to_hour;
    RETURN (extract(epoch FROM finished - to_hour) / 3600)::int;
END
$$;

-- Drops the days of results and the months of rollups that are past their time. A day goes only when it was rolled up. Never waits long for a
-- lock: what could not be dropped now is dropped the next time. Returns how many partitions went.
CREATE FUNCTION signalbox_retain(raw_keep INTERVAL, hourly_keep INTERVAL) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    part RECORD;
    dropped INTEGER := 0;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    FOR part IN
        SELECT c.relname AS name, raw_keep AS keep, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' + INTERVAL '1 day' AS ends
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'health_checks'::regclass AND c.relname ~ '^health_checks_\d{8}$'
        UNION ALL
        SELECT c.relname, hourly_keep, (to_date(right(c.relname, 6), 'YYYYMM') + INTERVAL '1 month')::timestamp AT TIME ZONE 'UTC'
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'health_checks_hourly'::regclass AND c.relname ~ '^health_checks_hourly_\d{6}$'
    LOOP
        CONTINUE WHEN part.ends > now() - part.keep;
        CONTINUE WHEN part.name ~ '^health_checks_\d{8}$' AND part.ends > (SELECT rolled_up_to FROM rollup_state);
        BEGIN
            EXECUTE format('DROP TABLE %I', part.name);
            dropped := dropped + 1;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END LOOP;
    RETURN dropped;
END
$$;
