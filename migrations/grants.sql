-- Run at every migrate: what the API's role may do. It reads everything, and writes what its routes write.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'signalbox_api') THEN
        GRANT USAGE ON SCHEMA public TO signalbox_api;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO signalbox_api;
        GRANT EXECUTE ON FUNCTION signalbox_audit TO signalbox_api;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO signalbox_api;
    END IF;
END
$$;
