-- Every row ends up in the partition of its day, and with it under retention: days of an outage that was longer than partitions are made ahead, rows of a
-- clock that was wrong, what a client imported.

DROP FUNCTION signalbox_make_partitions(INTEGER);

-- Puts a table of one day into place, with the rows of that day that the default partition holds. ATTACH, and not CREATE TABLE ... PARTITION OF: it lets
-- everybody go on reading and writing. Returns how many rows were moved.
CREATE FUNCTION signalbox_make_day(day DATE) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := 'health_checks_' || to_char(day, 'YYYYMMDD');
    first TIMESTAMPTZ := day::timestamp AT TIME ZONE 'UTC';
    next TIMESTAMPTZ := (day + 1)::timestamp AT TIME ZONE 'UTC';
    moved BIGINT;
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE health_checks INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM health_checks_default WHERE checked_at >= $1 AND checked_at < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', name)
        USING first, next;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE health_checks ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, next);
    RETURN moved;
END
$$;

-- Makes the partitions of the days from `since` (a month ago at the earliest) to days_ahead from now, and moves one further day out of the default partition.
-- Safe to call at any time and by several at once; never waits long for a lock. Where health_checks is no partitioned table (a hypertable, say), partitions are
-- somebody else's. Returns how many days are to be moved yet.
CREATE FUNCTION signalbox_make_partitions(days_ahead INTEGER, since TIMESTAMPTZ DEFAULT now()) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    today DATE := (now() AT TIME ZONE 'UTC')::date;
    first DATE := GREATEST(LEAST((since AT TIME ZONE 'UTC')::date, today), today - 31);
    day DATE;
    stray INTEGER := 0;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = 'health_checks'::regclass) <> 'p' THEN
        RETURN 0;
    END IF;
    PERFORM set_config('lock_timeout', '2s', true);
    PERFORM pg_advisory_xact_lock(hashtext('signalbox_make_partitions'));
    FOR ahead IN 0 .. today + days_ahead - first LOOP
        day := first + ahead;
        IF to_regclass('health_checks_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            PERFORM signalbox_make_day(day);
        END IF;
    END LOOP;
    -- Days further ahead wait there until they are near.
    FOR day IN SELECT DISTINCT (checked_at AT TIME ZONE 'UTC')::date AS d FROM health_checks_default
               WHERE checked_at < (today + days_ahead + 1)::timestamp AT TIME ZONE 'UTC' ORDER BY d LOOP
        stray := stray + 1;
        IF stray = 1 THEN
            PERFORM signalbox_make_day(day);
        END IF;
    END LOOP;
    RETURN GREATEST(0, stray - 1);
END
$$;
