-- Run at every migrate: what the API's role may do. It reads everything, and writes what its routes write.
DO $$
DECLARE
    function TEXT;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'signalbox_api') THEN
        GRANT USAGE ON SCHEMA public TO signalbox_api;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO signalbox_api;
        FOR function IN
            SELECT oid::regprocedure FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
              AND proname IN ('signalbox_audit', 'signalbox_put_alert_config', 'signalbox_add_maintenance', 'signalbox_remove_maintenance')
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO signalbox_api', function);
        END LOOP;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO signalbox_api;
    END IF;
END
$$;
