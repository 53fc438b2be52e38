-- The catalogue of what is watched, with each service's latest state: the page's answer when the scheduler itself is silent, in
-- half a millisecond whatever the history holds.
CREATE TABLE services (
    service_name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    service_group TEXT,
    critical BOOLEAN NOT NULL DEFAULT false,
    declaration JSONB NOT NULL DEFAULT '{}',
    file TEXT,
    retired_at TIMESTAMPTZ,            -- NULL: a file declares it now
    -- confirmed; NULL: no data
    status TEXT CHECK (status IN ('healthy', 'degraded', 'down')),
    since TIMESTAMPTZ,
    up_since TIMESTAMPTZ,
    -- of the newest result with data
    checked_at TIMESTAMPTZ,
    latency_ms INTEGER,
    error_message TEXT,
    measures JSONB,
    -- of the newest run, when it had none
    no_data_error TEXT,
    no_data_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON services
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- How far each scheduler's journal has been taken over. Moved in the transaction that takes the entries, so a replay finds them done.
CREATE TABLE journal_positions (
    journal_id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- One confirmed transition: the open window of the service ends, the next one begins (or a hole, when the status is NULL), and its card says so.
CREATE FUNCTION signalbox_transition(p_service TEXT, p_status TEXT, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE uptime_records
    SET ended_at = GREATEST(p_at, started_at),
        duration_seconds = round(extract(epoch FROM GREATEST(p_at, started_at) - started_at))
    WHERE service_name = p_service AND ended_at IS NULL;

    IF p_status IS NOT NULL THEN
        INSERT INTO uptime_records (service_name, status, started_at) VALUES (p_service, p_status, p_at);
    END IF;

    UPDATE services
    SET status = p_status,
        since = p_at,
        up_since = CASE WHEN p_status IN ('healthy', 'degraded')
                        THEN CASE WHEN status IN ('healthy', 'degraded') THEN up_since ELSE p_at END
                   END
    WHERE service_name = p_service;
END
$$;
