-- What settings.lua says that others than the scheduler must know: the API counts degraded time by the weight that held when it last heard of it.
CREATE TABLE settings_in_force (
    name TEXT PRIMARY KEY,
    value JSONB NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON settings_in_force
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- The body's members are the settings; those it does not name stay.
CREATE FUNCTION signalbox_note_settings(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO settings_in_force (name, value) SELECT key, value FROM jsonb_each(p_body)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings_in_force.value <> excluded.value
$$;
