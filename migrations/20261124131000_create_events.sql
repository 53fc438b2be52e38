-- Every event of the platform's health, for whoever listens: NOTIFY signalbox_events with {"event", "subject", "at", "data"}, in the transaction that stores
-- what it tells of. Postgres takes 8,000 bytes at most: a larger event says "truncated" in place of its data.
CREATE FUNCTION signalbox_note_event(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    whole JSONB := jsonb_build_object('event', p_body->>'event', 'subject', nullif(p_subject, ''),
                                      'at', to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'data', p_body->'data');
BEGIN
    IF octet_length(whole::text) > 7900 THEN
        whole := (whole - 'data') || '{"truncated": true}';
    END IF;
    PERFORM pg_notify('signalbox_events', whole::text);
END
$$;
