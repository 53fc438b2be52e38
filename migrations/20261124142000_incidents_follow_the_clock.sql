-- What was found out about a window is found by the window's start.

-- A window begins later than its transition says where the clock had been set back: it is the first one from there on.
CREATE OR REPLACE FUNCTION signalbox_note_incident(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO health_incidents (service_name, started_at, depends_on, diagnosis, logs)
    VALUES (p_subject,
            coalesce((SELECT min(started_at) FROM uptime_records
                      WHERE service_name = p_subject AND started_at >= p_at AND (ended_at IS NULL OR ended_at >= p_at)), p_at),
            coalesce(p_body->'depends_on', '[]'), p_body->'diagnosis', p_body->'logs')
    ON CONFLICT (service_name, started_at) DO NOTHING
$$;

-- When the clock is set it moves with its window. Otherwise as before (follow_the_clock).
CREATE OR REPLACE FUNCTION signalbox_note_clock(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    moved_by INTERVAL := (p_body->>'by_us')::bigint * INTERVAL '1 microsecond';
    back_by INTERVAL := (p_body->>'undoes_us')::bigint * INTERVAL '1 microsecond';
    since TIMESTAMPTZ := COALESCE((p_body->>'undone_since')::timestamptz, 'infinity');
    win RECORD;
    service TEXT;
    last_end TIMESTAMPTZ;
    began TIMESTAMPTZ;
BEGIN
    FOR win IN SELECT * FROM uptime_records WHERE ended_at IS NULL OR ended_at > since ORDER BY service_name, started_at, id LOOP
        IF service IS DISTINCT FROM win.service_name THEN
            service := win.service_name;
            SELECT COALESCE(max(ended_at), '-infinity') INTO last_end FROM uptime_records WHERE service_name = service AND ended_at <= since;
        END IF;
        began := win.started_at;
        IF win.ended_at IS NULL THEN
            win.started_at := GREATEST(last_end, LEAST(win.started_at + moved_by, p_at));
        ELSE
            win.started_at := GREATEST(last_end, win.started_at - back_by);
            win.ended_at := GREATEST(win.started_at, win.ended_at - back_by);
            last_end := win.ended_at;
        END IF;
        UPDATE uptime_records
        SET started_at = win.started_at, ended_at = win.ended_at, duration_seconds = round(extract(epoch FROM win.ended_at - win.started_at))
        WHERE id = win.id;
        UPDATE health_incidents SET started_at = win.started_at
        WHERE service_name = service AND started_at = began AND win.started_at <> began
          AND NOT EXISTS (SELECT FROM health_incidents WHERE service_name = service AND started_at = win.started_at);
    END LOOP;

    UPDATE services
    SET since = LEAST(services.since + moved_by, p_at), up_since = LEAST(up_since + moved_by, p_at), checked_at = LEAST(checked_at + moved_by, p_at),
        no_data_at = LEAST(no_data_at + moved_by, p_at)
    WHERE retired_at IS NULL;
END
$$;
