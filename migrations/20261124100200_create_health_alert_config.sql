-- Who is told, how and when: one row per service.
CREATE TABLE health_alert_configs (
    id BIGSERIAL PRIMARY KEY,
    service_name TEXT NOT NULL,
    escalation_delay_seconds INTEGER NOT NULL DEFAULT 300,
    webhook_url TEXT,
    notification_channels_json JSONB,   -- ["dashboard", "email", "slack"]
    enabled BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE UNIQUE INDEX uq_health_alert_configs_service ON health_alert_configs (service_name);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON health_alert_configs
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();
