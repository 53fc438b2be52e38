-- The outbox and delivery ledger as the scheduler wrote it: a row for each alert about one service to one channel, also for those that were held back, with
-- the reason. Alerts of several services may travel in one message; attempts are a message's.
CREATE TABLE health_alerts (
    id TEXT PRIMARY KEY,
    alert_id TEXT NOT NULL,              -- the incident: the same from its first alert to its recovery
    message_id TEXT,                     -- the idempotency key that the provider saw; NULL: nothing was sent
    service_name TEXT NOT NULL,
    channel TEXT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('raised', 'worse', 'better', 'recovered', 'reminder', 'acknowledged', 'summary', 'drill')),
    status TEXT CHECK (status IN ('healthy', 'degraded', 'down')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'given_up', 'suppressed')),
    reason TEXT,                         -- why it was suppressed, failed or given up
    summary TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ,                  -- of the next attempt, while pending
    delivered_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_health_alerts_created ON health_alerts (created_at DESC, id DESC);
CREATE INDEX idx_health_alerts_service ON health_alerts (service_name, created_at DESC, id DESC);
CREATE INDEX idx_health_alerts_channel ON health_alerts (channel, created_at DESC, id DESC);
CREATE INDEX idx_health_alerts_message ON health_alerts (message_id);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON health_alerts
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

CREATE TABLE health_alert_attempts (
    message_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    duration_ms BIGINT NOT NULL,
    status_code INTEGER,
    error TEXT,                          -- NULL: delivered
    answer TEXT,                         -- the provider's, at most 1 KiB
    PRIMARY KEY (message_id, attempt)
);

-- An alert as it is written into the outbox, or held back.
CREATE FUNCTION signalbox_note_alert(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO health_alerts (id, alert_id, message_id, service_name, channel, event, status, state, reason, summary, created_at, due_at, delivered_at)
    VALUES (p_body->>'id', p_body->>'alert_id', p_body->>'message_id', p_subject, p_body->>'channel', p_body->>'event', p_body->>'status',
            p_body->>'state', p_body->>'reason', p_body->>'summary', p_at, CASE WHEN p_body->>'state' = 'pending' THEN p_at END,
            CASE WHEN p_body->>'state' = 'delivered' THEN p_at END)
    ON CONFLICT (id) DO NOTHING
$$;

-- An attempt to send a message, and what became of its alerts by it.
CREATE FUNCTION signalbox_note_alert_attempt(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO health_alert_attempts (message_id, attempt, at, duration_ms, status_code, error, answer)
    VALUES (p_subject, (p_body->>'attempt')::int, p_at, (p_body->>'duration_ms')::bigint, (p_body->>'status_code')::int, p_body->>'error', p_body->>'answer')
    ON CONFLICT DO NOTHING;
    UPDATE health_alerts
    SET state = p_body->>'state', reason = p_body->>'reason', due_at = (p_body->>'next_at')::timestamptz,
        delivered_at = CASE WHEN p_body->>'state' = 'delivered' THEN p_at + (p_body->>'duration_ms')::bigint * INTERVAL '1 millisecond' END
    WHERE message_id = p_subject
$$;
