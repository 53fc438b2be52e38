-- Continuous windows of one status of one service. ended_at NULL: it is going on. A hole between two windows: nothing is known of that time.
CREATE FUNCTION trigger_set_updated_at() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = NOW();
    RETURN NEW;
END
$$;

CREATE TABLE uptime_records (
    id BIGSERIAL PRIMARY KEY,
    service_name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('healthy', 'degraded', 'down')),
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,              -- NULL = ongoing
    duration_seconds BIGINT,           -- computed when the window closes
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_uptime_records_service_name ON uptime_records (service_name);
CREATE INDEX idx_uptime_records_started_at ON uptime_records (started_at);
-- At most one window of a service is open; it is also how the open one is found.
CREATE UNIQUE INDEX uq_uptime_records_open ON uptime_records (service_name) WHERE ended_at IS NULL;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON uptime_records
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();
