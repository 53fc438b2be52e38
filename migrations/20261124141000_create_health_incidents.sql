-- What was found out when a service left healthy or went down, once a window: diagnosis, the last lines of its log, how those were on which it depends.
CREATE TABLE health_incidents (
    service_name TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,     -- of the window in uptime_records
    depends_on JSONB NOT NULL,
    diagnosis JSONB,                     -- {"at", "output", "error"}
    logs JSONB,                          -- {"at", "lines", "error"}
    captured_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (service_name, started_at)
);

CREATE FUNCTION signalbox_note_incident(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO health_incidents (service_name, started_at, depends_on, diagnosis, logs)
    VALUES (p_subject, p_at, coalesce(p_body->'depends_on', '[]'), p_body->'diagnosis', p_body->'logs')
    ON CONFLICT (service_name, started_at) DO NOTHING
$$;
