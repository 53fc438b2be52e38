-- What admins did to services, and what came of it. A row is replaced as the action goes on; the audit trail has the request and the end of each.
CREATE TABLE health_actions (
    id TEXT PRIMARY KEY,
    service_name TEXT NOT NULL,
    action TEXT NOT NULL,                -- restart, diagnose, recheck, logs, or a name of the service's own
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'watching', 'done', 'failed')),
    outcome TEXT CHECK (outcome IN ('helped', 'did_not_help', 'failed')),
    actor TEXT NOT NULL,
    source TEXT,
    requested_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    error TEXT,
    output JSONB,
    helped_after_ms BIGINT
);

CREATE INDEX idx_health_actions_requested ON health_actions (requested_at DESC, id DESC);
CREATE INDEX idx_health_actions_service ON health_actions (service_name, requested_at DESC, id DESC);

-- The action as the scheduler writes it (src/scheduler/actions.c).
CREATE FUNCTION signalbox_note_action(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO health_actions (id, service_name, action, state, outcome, actor, source, requested_at, started_at, ended_at, error, output, helped_after_ms)
    VALUES (p_body->>'id', p_body->>'service_name', p_body->>'action', p_body->>'state', p_body->>'outcome', p_body->>'by', p_body->>'from',
            (p_body->>'requested_at')::timestamptz, (p_body->>'started_at')::timestamptz, (p_body->>'ended_at')::timestamptz, p_body->>'error',
            nullif(p_body->'output', 'null'), (p_body->>'helped_after_ms')::bigint)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome, started_at = excluded.started_at, ended_at = excluded.ended_at,
        error = excluded.error, output = excluded.output, helped_after_ms = excluded.helped_after_ms
$$;
