-- "What failed?" over months of deliveries: by state, newest first.
CREATE INDEX idx_health_alerts_state ON health_alerts (state, created_at DESC, id DESC);
