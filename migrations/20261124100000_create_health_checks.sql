-- One row per check per service: what a run said, for ever as it was. No updated_at: results are immutable.
--
-- Partitioned by day on checked_at (UTC), so that retention is a DROP and the indexes that are written to stay small; that is why
-- the primary key holds checked_at too. Clients see an ordinary table: plain SELECT and INSERT work, the id comes by itself.
CREATE SEQUENCE health_checks_id_seq AS BIGINT;

CREATE TABLE health_checks (
    id BIGINT NOT NULL DEFAULT nextval('health_checks_id_seq'),
    service_name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('healthy', 'degraded', 'down')),
    latency_ms INTEGER,
    error_message TEXT,
    details_json JSONB,
    checked_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (id, checked_at)
) PARTITION BY RANGE (checked_at);

ALTER SEQUENCE health_checks_id_seq OWNED BY health_checks.id;

-- The specification's three. The last one answers "latest results of a service" and is what the API reads.
CREATE INDEX idx_health_checks_service_name ON health_checks (service_name);
CREATE INDEX idx_health_checks_checked_at ON health_checks (checked_at);
CREATE INDEX idx_health_checks_service_checked ON health_checks (service_name, checked_at DESC);

-- Days that nobody made a partition for: a clock that was wrong, an import of old rows. Nothing is refused.
CREATE TABLE health_checks_default PARTITION OF health_checks DEFAULT;

-- Makes the partitions of today and the days ahead. Safe to call at any time and by several at once. A day of which the default
-- partition already holds rows is left to it: those rows stay where they are and go on being found.
CREATE FUNCTION signalbox_make_partitions(days_ahead INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    day DATE;
    name TEXT;
    made INTEGER := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('signalbox_make_partitions'));
    FOR ahead IN 0 .. days_ahead LOOP
        day := (now() AT TIME ZONE 'UTC')::date + ahead;
        name := 'health_checks_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM health_checks_default
            WHERE checked_at >= (day::timestamp AT TIME ZONE 'UTC') AND checked_at < ((day + 1)::timestamp AT TIME ZONE 'UTC'));
        EXECUTE format('CREATE TABLE %I PARTITION OF health_checks FOR VALUES FROM (%L) TO (%L)', name,
                       day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

SELECT signalbox_make_partitions(7);
