-- The gate: whether generation may begin, as a lease. The scheduler renews it every few seconds; when it does not, the flag is down by itself.

-- One row. `ready` counts only while valid_until is ahead: ask platform_ready(), never the column.
CREATE TABLE platform_state (
    id BOOLEAN PRIMARY KEY DEFAULT true CHECK (id),
    ready BOOLEAN NOT NULL DEFAULT false,
    valid_until TIMESTAMPTZ NOT NULL DEFAULT 'epoch',
    since TIMESTAMPTZ NOT NULL DEFAULT NOW(),      -- of what the flag says
    reason TEXT NOT NULL DEFAULT 'the scheduler has not run yet',
    blocking JSONB NOT NULL DEFAULT '[]',          -- [{"name", "title", "error"}]: what holds the gate closed
    overridden JSONB NOT NULL DEFAULT '[]',        -- names of checks with an override in force
    holder TEXT,                                   -- the journal of the scheduler whose lease it is
    turn BIGINT NOT NULL DEFAULT 0,                -- of the newest renewal: one that was on its way for too long finds a later one here
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
INSERT INTO platform_state DEFAULT VALUES;

CREATE TRIGGER set_updated_at BEFORE UPDATE ON platform_state
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- The startup checklist as of the newest renewal.
CREATE TABLE startup_checks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    help TEXT,
    required BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'passed', 'failed', 'overridden')),
    passed BOOLEAN NOT NULL,
    error TEXT,
    since TIMESTAMPTZ,                             -- of the state
    checked_at TIMESTAMPTZ,
    failing_since TIMESTAMPTZ,
    grace_ms BIGINT NOT NULL,
    latency_ms BIGINT,
    blocking BOOLEAN NOT NULL,
    override JSONB,                                -- {"by", "reason", "at", "expires_at"}; NULL: none in force
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON startup_checks
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- Every change of the flag.
CREATE TABLE platform_state_changes (
    id BIGSERIAL PRIMARY KEY,
    ready BOOLEAN NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL
);

CREATE FUNCTION signalbox_note_gate(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO platform_state_changes (ready, at, reason, actor)
    VALUES ((p_body->>'ready')::boolean, p_at, p_body->>'reason', p_body->>'actor')
$$;

-- Does this end of a lease vouch for anything now? One that is further ahead than a lease is long was not given by this clock.
CREATE FUNCTION signalbox_lease_holds(p_valid_until TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE sql AS $$
    SELECT p_valid_until > clock_timestamp() AND p_valid_until <= clock_timestamp() + INTERVAL '20 seconds'
$$;

-- The checklist (NULL: as it was), an array of objects whose members are named as the columns of startup_checks.
CREATE FUNCTION signalbox_take_checks(p_checks JSONB) RETURNS VOID
LANGUAGE sql AS $$
    DELETE FROM startup_checks WHERE p_checks IS NOT NULL AND name NOT IN (SELECT c->>'name' FROM jsonb_array_elements(p_checks) AS c);

    INSERT INTO startup_checks (name, position, title, help, required, state, passed, error, since, checked_at, failing_since, grace_ms, latency_ms,
                                blocking, override)
    SELECT c.name, e.n, c.title, c.help, c.required, c.state, c.passed, c.error, c.since, c.checked_at, c.failing_since, c.grace_ms, c.latency_ms,
           c.blocking, nullif(c.override, 'null')
    FROM jsonb_array_elements(p_checks) WITH ORDINALITY AS e (value, n),
         jsonb_to_record(e.value) AS c (name TEXT, title TEXT, help TEXT, required BOOLEAN, state TEXT, passed BOOLEAN, error TEXT,
                                        since TIMESTAMPTZ, checked_at TIMESTAMPTZ, failing_since TIMESTAMPTZ, grace_ms BIGINT,
                                        latency_ms BIGINT, blocking BOOLEAN, override JSONB)
    ON CONFLICT (name) DO UPDATE
    SET position = excluded.position, title = excluded.title, help = excluded.help, required = excluded.required, state = excluded.state,
        passed = excluded.passed, error = excluded.error, since = excluded.since, checked_at = excluded.checked_at,
        failing_since = excluded.failing_since, grace_ms = excluded.grace_ms, latency_ms = excluded.latency_ms, blocking = excluded.blocking,
        override = excluded.override;
$$;

-- Renews the lease up to a moment that the holder reckoned by this server's clock when it sent this: what arrives late vouches for nothing any more.
-- 'renewed'; 'behind': a later turn is here already; 'held': another scheduler's lease still holds.
CREATE FUNCTION signalbox_renew_lease(p_holder TEXT, p_turn BIGINT, p_valid_until_us BIGINT, p_flag JSONB, p_checks JSONB,
                                      OUT outcome TEXT, OUT turn BIGINT, OUT holder TEXT, OUT now_us BIGINT)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE platform_state s
    SET ready = (p_flag->>'ready')::boolean,
        valid_until = TIMESTAMPTZ 'epoch' + p_valid_until_us * INTERVAL '1 microsecond',
        since = (p_flag->>'since')::timestamptz,
        reason = p_flag->>'reason',
        blocking = p_flag->'blocking',
        overridden = p_flag->'overridden',
        holder = p_holder,
        turn = p_turn
    WHERE s.turn < p_turn AND (s.holder IS NULL OR s.holder = p_holder OR NOT signalbox_lease_holds(s.valid_until));
    IF FOUND THEN
        outcome := 'renewed';
        PERFORM signalbox_take_checks(p_checks);
    END IF;
    SELECT coalesce(outcome, CASE WHEN s.holder <> p_holder AND signalbox_lease_holds(s.valid_until) THEN 'held' ELSE 'behind' END),
           s.turn, s.holder, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    INTO outcome, turn, holder, now_us
    FROM platform_state s;
END
$$;

-- May generation begin? For any role of this database, at the price of one row.
CREATE FUNCTION platform_ready() RETURNS BOOLEAN
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ready AND signalbox_lease_holds(valid_until) FROM platform_state
$$;

-- And why, or why not.
CREATE FUNCTION platform_ready_reason() RETURNS TEXT
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN signalbox_lease_holds(valid_until) OR holder IS NULL THEN reason
                ELSE 'nobody has renewed the lease since ' || to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                     || ': the scheduler does not run, or does not reach this database' END
    FROM platform_state
$$;

-- To be hung on the platform's own table of jobs, so that no job is queued while the gate is closed:
--   CREATE TRIGGER require_ready BEFORE INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION signalbox_require_ready();
CREATE FUNCTION signalbox_require_ready() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.platform_ready() THEN
        RAISE EXCEPTION 'generation is held: %', public.platform_ready_reason()
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'GET /health/ready says what holds it.';
    END IF;
    RETURN NEW;
END
$$;

-- ---- as clients are told ----

-- GET /health/ready. When nobody has renewed the lease it is the scheduler that holds the gate, whatever the checks said before.
CREATE FUNCTION signalbox_ready_json() RETURNS JSON
LANGUAGE sql AS $$
    SELECT json_build_object(
        'ready', platform_ready(),
        'since', signalbox_stamp(CASE WHEN holds OR NOT ready THEN since ELSE least(valid_until, now()) END),
        'reason', platform_ready_reason(),
        'blocking', CASE WHEN holds AND ready THEN '[]'
                         WHEN holds THEN blocking
                         ELSE jsonb_build_array(jsonb_build_object('name', 'scheduler', 'title', 'Scheduler', 'error', platform_ready_reason()))
                    END,
        'overridden', overridden)
    FROM platform_state, signalbox_lease_holds(valid_until) AS holds
$$;

-- The gate while the scheduler is silent: not ready, whatever time its lease has left.
CREATE FUNCTION signalbox_gate_json() RETURNS JSON
LANGUAGE sql AS $$
    SELECT json_build_object(
        'ready', false,
        'since', signalbox_stamp(CASE WHEN ready THEN least(valid_until, now()) ELSE since END),
        'reason', 'the scheduler does not answer',
        'valid_until', CASE WHEN signalbox_lease_holds(valid_until) THEN signalbox_stamp(valid_until) END,
        'overridden', overridden)
    FROM platform_state
$$;

-- The checklist while the scheduler is silent. Nothing has passed: what had is not known to hold now.
CREATE FUNCTION signalbox_checklist_json() RETURNS JSON
LANGUAGE sql AS $$
    SELECT json_build_object(
        'all_passed', false,
        'ready', false,
        'gate', signalbox_gate_json(),
        'checks', (SELECT coalesce(json_agg(json_build_object(
                'name', name, 'title', title, 'help', help, 'required', required, 'passed', false,
                'state', CASE WHEN state IN ('failed', 'overridden') THEN state ELSE 'pending' END,
                'error', coalesce(error, 'the scheduler does not answer; before that: ' || state),
                'since', signalbox_stamp(since), 'checked_at', signalbox_stamp(checked_at), 'failing_since', signalbox_stamp(failing_since),
                'grace_ms', grace_ms, 'latency_ms', latency_ms, 'blocking', required AND override IS NULL, 'running', false,
                'override', override) ORDER BY position), '[]') FROM startup_checks),
        'history', (SELECT coalesce(json_agg(json_build_object(
                'ready', ready, 'at', signalbox_stamp(at), 'reason', reason, 'actor', actor) ORDER BY id DESC), '[]')
            FROM (SELECT * FROM platform_state_changes ORDER BY id DESC LIMIT 20) AS newest))
$$;
