-- How often an ongoing problem is told again. Beside health_alert_configs, whose columns are fixed; a service without a row has the settings' interval.
CREATE TABLE health_alert_reminders (
    service_name TEXT PRIMARY KEY,
    reminder_interval_seconds INTEGER NOT NULL CHECK (reminder_interval_seconds = 0 OR reminder_interval_seconds BETWEEN 60 AND 2592000),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON health_alert_reminders
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- Times during which alerts of services are held back: one stretch, or one that comes again on days of the week at a time of a named zone.
CREATE TABLE maintenance_windows (
    id BIGSERIAL PRIMARY KEY,
    title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    services JSONB NOT NULL CHECK (jsonb_typeof(services) = 'array' AND jsonb_array_length(services) BETWEEN 1 AND 1000),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ CHECK (ends_at > starts_at),  -- of a recurring one NULL: for good
    recurrence JSONB,                                  -- {"days": ["mon"], "at": "02:00", "duration_minutes": 60, "time_zone": "Europe/Berlin"}
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CHECK (recurrence IS NOT NULL OR ends_at IS NOT NULL)
);

CREATE INDEX idx_maintenance_windows_ends ON maintenance_windows (ends_at);

-- Whoever changes what the scheduler has to know, tells it.
CREATE FUNCTION signalbox_notify_config() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('signalbox_config', TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_config AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON health_alert_configs
    FOR EACH STATEMENT EXECUTE FUNCTION signalbox_notify_config();
CREATE TRIGGER notify_config AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON health_alert_reminders
    FOR EACH STATEMENT EXECUTE FUNCTION signalbox_notify_config();
CREATE TRIGGER notify_config AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON maintenance_windows
    FOR EACH STATEMENT EXECUTE FUNCTION signalbox_notify_config();

-- A timestamptz as RFC 3339 in UTC.
CREATE FUNCTION signalbox_stamp(p_at TIMESTAMPTZ) RETURNS TEXT
LANGUAGE sql STABLE AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- All that the scheduler takes from here: a section in a member, each an array.
CREATE FUNCTION signalbox_config() RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'alerts', (
            SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'service_name', service_name, 'escalation_delay_seconds', c.escalation_delay_seconds, 'webhook_url', c.webhook_url,
                'notification_channels', CASE WHEN jsonb_typeof(c.notification_channels_json) = 'array' THEN c.notification_channels_json END,
                'enabled', c.enabled, 'reminder_interval_seconds', r.reminder_interval_seconds)) ORDER BY service_name), '[]')
            FROM health_alert_configs c FULL JOIN health_alert_reminders r USING (service_name)),
        'maintenance', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', id, 'title', title, 'services', services, 'starts_at', signalbox_stamp(starts_at), 'ends_at', signalbox_stamp(ends_at),
                'recurrence', recurrence, 'created_by', created_by) ORDER BY id), '[]')
            FROM maintenance_windows WHERE ends_at IS NULL OR ends_at > now() - INTERVAL '1 day'))
$$;

-- A service's configuration as a client sees it; services without a row have the defaults. The etag changes whenever something in it does.
CREATE FUNCTION signalbox_alert_config(p_service TEXT) RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT shown || jsonb_build_object('etag', left(md5(shown::text), 16))
    FROM (
        SELECT jsonb_build_object(
            'service_name', p_service,
            'escalation_delay_seconds', coalesce(c.escalation_delay_seconds, (d.value->>'delay_seconds')::int, 300),
            'webhook_url', c.webhook_url,
            'notification_channels', CASE WHEN jsonb_typeof(c.notification_channels_json) = 'array' THEN c.notification_channels_json
                                          ELSE coalesce(d.value->'channels', '["dashboard"]') END,
            'enabled', coalesce(c.enabled, true),
            'reminder_interval_seconds', coalesce(r.reminder_interval_seconds, (d.value->>'reminder_seconds')::int, 0),
            'updated_at', signalbox_stamp(greatest(c.updated_at, r.updated_at)),
            'is_default', c.service_name IS NULL AND r.service_name IS NULL) AS shown
        FROM (SELECT p_service AS name) n
        LEFT JOIN health_alert_configs c ON c.service_name = n.name
        LEFT JOIN health_alert_reminders r ON r.service_name = n.name
        LEFT JOIN settings_in_force d ON d.name = 'alerts') one
$$;

-- Puts a service's configuration, with an audit row that holds the old and the new one. p_etag NULL: whatever is there now; else only if it is that.
-- Returns {"config"} or {"conflict": true, "config": what is there}.
CREATE FUNCTION signalbox_put_alert_config(p_service TEXT, p_new JSONB, p_etag TEXT, p_actor TEXT, p_source TEXT) RETURNS JSONB
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    v_old JSONB;
    v_new JSONB;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('signalbox_put_alert_config ' || p_service));
    v_old := signalbox_alert_config(p_service);
    IF p_etag IS NOT NULL AND p_etag <> v_old->>'etag' THEN
        RETURN jsonb_build_object('conflict', true, 'config', v_old);
    END IF;
    v_new := v_old || p_new;
    INSERT INTO health_alert_configs (service_name, escalation_delay_seconds, webhook_url, notification_channels_json, enabled)
    VALUES (p_service, (v_new->>'escalation_delay_seconds')::int, v_new->>'webhook_url', v_new->'notification_channels', (v_new->>'enabled')::boolean)
    ON CONFLICT (service_name) DO UPDATE SET
        escalation_delay_seconds = excluded.escalation_delay_seconds, webhook_url = excluded.webhook_url,
        notification_channels_json = excluded.notification_channels_json, enabled = excluded.enabled;
    INSERT INTO health_alert_reminders (service_name, reminder_interval_seconds) VALUES (p_service, (v_new->>'reminder_interval_seconds')::int)
    ON CONFLICT (service_name) DO UPDATE SET reminder_interval_seconds = excluded.reminder_interval_seconds;
    v_new := signalbox_alert_config(p_service);
    PERFORM signalbox_audit(p_actor, p_source, 'alert_config', p_service, jsonb_build_object('old', signalbox_audited(v_old), 'new', signalbox_audited(v_new)),
                            'done');
    RETURN jsonb_build_object('config', v_new);
END
$$;

-- Webhook addresses are often secrets in themselves: the audit trail says where they go and that they changed, no more.
CREATE FUNCTION signalbox_audited(p_config JSONB) RETURNS JSONB
LANGUAGE sql IMMUTABLE AS $$
    SELECT (p_config - 'etag' - 'updated_at' - 'is_default' - 'service_name')
           || CASE WHEN p_config->>'webhook_url' IS NULL THEN '{}'
                   ELSE jsonb_build_object('webhook_url', substring(p_config->>'webhook_url' FROM '^[a-zA-Z]+://[^/?#]*') || '/...' ||
                                                          left(md5(p_config->>'webhook_url'), 8)) END
$$;

CREATE FUNCTION signalbox_add_maintenance(p_window JSONB, p_actor TEXT, p_source TEXT) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    v_id BIGINT;
BEGIN
    INSERT INTO maintenance_windows (title, services, starts_at, ends_at, recurrence, created_by)
    VALUES (p_window->>'title', p_window->'services', (p_window->>'starts_at')::timestamptz, (p_window->>'ends_at')::timestamptz,
            nullif(p_window->'recurrence', 'null'), p_actor)
    RETURNING id INTO v_id;
    PERFORM signalbox_audit(p_actor, p_source, 'maintenance_add', 'maintenance ' || v_id, p_window, 'done');
    RETURN v_id;
END
$$;

-- Ends a window; false: there is none of that number. One that has begun leaves no trace here but the audit row.
CREATE FUNCTION signalbox_remove_maintenance(p_id BIGINT, p_actor TEXT, p_source TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    v_old JSONB;
BEGIN
    DELETE FROM maintenance_windows w WHERE id = p_id RETURNING to_jsonb(w) INTO v_old;
    IF v_old IS NULL THEN
        RETURN false;
    END IF;
    PERFORM signalbox_audit(p_actor, p_source, 'maintenance_remove', 'maintenance ' || p_id, jsonb_build_object('old', v_old), 'done');
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION signalbox_put_alert_config, signalbox_add_maintenance, signalbox_remove_maintenance FROM PUBLIC;
