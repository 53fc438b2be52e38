-- The audit trail: who did what, from where, to what, with what outcome. Append-only, and each row carries the hash of the one before: a row that was
-- altered, removed or moved is found by signalbox_audit_faults(). Rows are numbered without gaps.
CREATE TABLE audit_log (
    id BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,             -- when it happened; an entry that waited in the journal is older than its neighbours
    actor TEXT NOT NULL,                 -- a user's name, "signalbox" for itself
    source TEXT,                         -- an address, or the program that asked
    action TEXT NOT NULL,                -- "restart", "override", "login_refused" ...
    subject TEXT,                        -- a service, a check, a user
    parameters JSONB NOT NULL DEFAULT '{}',
    outcome TEXT,                        -- what came of it, as far as it was known then
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE INDEX idx_audit_log_at ON audit_log (at DESC, id DESC);
CREATE INDEX idx_audit_log_actor ON audit_log (actor, id DESC);
CREATE INDEX idx_audit_log_subject ON audit_log (subject, id DESC);
CREATE INDEX idx_audit_log_action ON audit_log (action, id DESC);

-- The end of the chain. Its row is also the lock under which rows are appended one after another.
CREATE TABLE audit_head (
    single BOOLEAN PRIMARY KEY DEFAULT true CHECK (single),
    id BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, hash) VALUES (0, repeat('0', 64));

-- SHA-256 over the row and the hash before it, as hexadecimal text. The time goes in as microseconds: no setting of a session changes it.
CREATE FUNCTION signalbox_audit_hash(p_previous TEXT, p_id BIGINT, p_at TIMESTAMPTZ, p_actor TEXT, p_source TEXT, p_action TEXT, p_subject TEXT,
                                     p_parameters JSONB, p_outcome TEXT) RETURNS TEXT
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(p_previous, p_id, (extract(epoch FROM p_at) * 1000000)::bigint, p_actor, p_source, p_action,
                                                      p_subject, p_parameters, p_outcome)::text, 'UTF8')), 'hex')
$$;

-- Appends a row and returns its number. Runs with the rights of the schema's owner: whoever may call it can add, and nobody can do anything else.
CREATE FUNCTION signalbox_audit(p_actor TEXT, p_source TEXT, p_action TEXT, p_subject TEXT, p_parameters JSONB, p_outcome TEXT,
                                p_at TIMESTAMPTZ DEFAULT NULL) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    head audit_head;
    v_at TIMESTAMPTZ := coalesce(p_at, now());
    v_parameters JSONB := coalesce(p_parameters, '{}');
    v_id BIGINT;
    v_hash TEXT;
BEGIN
    SELECT * INTO head FROM audit_head FOR UPDATE;
    v_id := head.id + 1;
    v_hash := signalbox_audit_hash(head.hash, v_id, v_at, p_actor, p_source, p_action, p_subject, v_parameters, p_outcome);
    INSERT INTO audit_log (id, at, actor, source, action, subject, parameters, outcome, previous_hash, hash)
    VALUES (v_id, v_at, p_actor, p_source, p_action, p_subject, v_parameters, p_outcome, head.hash, v_hash);
    UPDATE audit_head SET id = v_id, hash = v_hash;
    RETURN v_id;
END
$$;
REVOKE ALL ON FUNCTION signalbox_audit FROM PUBLIC;

-- What an entry of the journal says: {"actor", "source", "action", "parameters", "outcome"}.
CREATE FUNCTION signalbox_note_audit(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    SELECT signalbox_audit(p_body->>'actor', p_body->>'source', p_body->>'action', nullif(p_subject, ''), p_body->'parameters', p_body->>'outcome', p_at)
$$;

-- Each place at which the chain does not hold, with what is wrong there; none: the trail is whole.
CREATE FUNCTION signalbox_audit_faults() RETURNS TABLE (id BIGINT, fault TEXT)
LANGUAGE sql STABLE AS $$
    WITH chain AS (
        SELECT a.*, lag(a.id, 1, 0::bigint) OVER w AS id_before, lag(a.hash, 1, repeat('0', 64)) OVER w AS hash_before
        FROM audit_log a WINDOW w AS (ORDER BY a.id)
    )
    SELECT c.id, format('rows %s to %s are missing before it', c.id_before + 1, c.id - 1) FROM chain c WHERE c.id <> c.id_before + 1
    UNION ALL
    SELECT c.id, 'it does not follow the row before it' FROM chain c WHERE c.id = c.id_before + 1 AND c.previous_hash <> c.hash_before
    UNION ALL
    SELECT c.id, 'it was altered' FROM chain c
    WHERE c.hash <> signalbox_audit_hash(c.previous_hash, c.id, c.at, c.actor, c.source, c.action, c.subject, c.parameters, c.outcome)
    UNION ALL
    SELECT h.id, 'the last rows are missing' FROM audit_head h LEFT JOIN audit_log a ON a.id = h.id AND a.hash = h.hash
    WHERE a.id IS NULL AND h.id > 0
    UNION ALL
    SELECT a.id, 'it was not appended by signalbox_audit()' FROM audit_head h JOIN audit_log a ON a.id > h.id
    ORDER BY 1
$$;

CREATE FUNCTION signalbox_refuse_change() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION signalbox_refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION signalbox_refuse_change();

-- By privilege too: not even the owner's own statements change a row unless it grants itself the right first.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM CURRENT_USER;
