-- When a clock is set, windows neither overlap nor become longer or shorter than what really happened.

-- A transition never lies before the window that it ends, nor before one that has ended: not even when the clock was set back while nobody was looking.
CREATE OR REPLACE FUNCTION signalbox_transition(p_service TEXT, p_status TEXT, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    at TIMESTAMPTZ;
BEGIN
    SELECT GREATEST(p_at, (SELECT started_at FROM uptime_records WHERE service_name = p_service AND ended_at IS NULL),
                    (SELECT max(ended_at) FROM uptime_records WHERE service_name = p_service)) INTO at;

    UPDATE uptime_records
    SET ended_at = at, duration_seconds = round(extract(epoch FROM at - started_at))
    WHERE service_name = p_service AND ended_at IS NULL;

    IF p_status IS NOT NULL THEN
        INSERT INTO uptime_records (service_name, status, started_at) VALUES (p_service, p_status, at);
    END IF;

    UPDATE services
    SET status = p_status,
        since = at,
        up_since = CASE WHEN p_status IN ('healthy', 'degraded')
                        THEN CASE WHEN status IN ('healthy', 'degraded') THEN up_since ELSE at END
                   END
    WHERE service_name = p_service;
END
$$;

-- The clock was set at p_at (as it stands since then). body: {"by_us", "undoes_us", "undone_since"}.
-- What is going on moves with it and so keeps its length. If this takes back an earlier setting forward, what ended since then was stamped ahead and moves
-- back by as much. A window begins at the earliest where the one before it ended; nothing is moved beyond now. Other windows that have ended, and all
-- results, stay as they were written.
CREATE FUNCTION signalbox_note_clock(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    moved_by INTERVAL := (p_body->>'by_us')::bigint * INTERVAL '1 microsecond';
    back_by INTERVAL := (p_body->>'undoes_us')::bigint * INTERVAL '1 microsecond';
    since TIMESTAMPTZ := COALESCE((p_body->>'undone_since')::timestamptz, 'infinity');
    win RECORD;
    service TEXT;
    last_end TIMESTAMPTZ;
BEGIN
    FOR win IN SELECT * FROM uptime_records WHERE ended_at IS NULL OR ended_at > since ORDER BY service_name, started_at, id LOOP
        IF service IS DISTINCT FROM win.service_name THEN
            service := win.service_name;
            SELECT COALESCE(max(ended_at), '-infinity') INTO last_end FROM uptime_records WHERE service_name = service AND ended_at <= since;
        END IF;
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
    END LOOP;

    UPDATE services
    SET since = LEAST(services.since + moved_by, p_at), up_since = LEAST(up_since + moved_by, p_at), checked_at = LEAST(checked_at + moved_by, p_at),
        no_data_at = LEAST(no_data_at + moved_by, p_at)
    WHERE retired_at IS NULL;
END
$$;
