-- A fact from the journal that is no result, transition or service: each kind has a function of its own, signalbox_note_<kind>(subject, body, at),
-- called in the order in which things happened, within the transaction that moves the journal's position. A new kind needs one function.
CREATE FUNCTION signalbox_note(p_note TEXT, p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT %I($1, $2, $3)', 'signalbox_note_' || p_note) USING p_subject, p_body, p_at;
END
$$;
