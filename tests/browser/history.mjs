// A past to look at: ninety days of windows, hourly summaries and a day of results, the same at every run but for the hour at which it is made.
// It is written straight into Postgres, since nobody can wait for it to happen.

/**
 * SQL that gives every service of the catalogue its past: mostly healthy, an outage now and then, and three days ago one that took several down at
 * the same time. What happened since a service was first seen stays as it is.
 */
export const history = `
BEGIN;
SELECT signalbox_make_month((now() - make_interval(months => m))::date) FROM generate_series(0, 4) AS m;

CREATE TEMP TABLE past AS
  SELECT service_name, service_group, (row_number() OVER (ORDER BY service_name))::int AS n,
    date_trunc('minute', coalesce(since, now())) AS seen FROM services WHERE retired_at IS NULL;

-- Disturbances: start, length, status; spread by the service's number so that no two look alike.
CREATE TEMP TABLE disturbed AS
  SELECT service_name, 'down' AS status, seen - make_interval(hours => (n * 37 + k * 211) % 2100 + 30) AS at,
    make_interval(mins => 2 + (n * 13 + k * 29) % 47) AS lasts
  FROM past, generate_series(1, 5) AS k WHERE (n + k) % 3 <> 0
  UNION ALL
  SELECT service_name, 'degraded', seen - make_interval(hours => (n * 53 + k * 97) % 2000 + 8), make_interval(mins => 6 + (n * 7 + k * 17) % 170)
  FROM past, generate_series(1, 7) AS k WHERE (n * k) % 4 <> 1
  UNION ALL
  SELECT service_name, CASE WHEN n % 3 = 0 THEN 'degraded' ELSE 'down' END, date_trunc('day', seen) - interval '2 days 9 hours',
    make_interval(mins => 34 + (n * 5) % 20)
  FROM past WHERE service_group IN ('Generation', 'Platform')
  UNION ALL
  SELECT service_name, 'down', seen - interval '5 hours 20 minutes', make_interval(mins => 11) FROM past WHERE n % 6 = 2;
-- Disturbances of one service do not overlap.
DELETE FROM disturbed a USING disturbed b
  WHERE a.service_name = b.service_name AND a.ctid <> b.ctid AND a.at < b.at + b.lasts AND b.at < a.at + a.lasts AND (a.at, a.ctid) > (b.at, b.ctid);

INSERT INTO uptime_records (service_name, status, started_at, ended_at, duration_seconds)
  SELECT service_name, status, at, at + lasts, extract(epoch FROM lasts) FROM disturbed;
-- Between them all was well, but for two hours of which nothing is known.
INSERT INTO uptime_records (service_name, status, started_at, ended_at, duration_seconds)
  SELECT service_name, 'healthy', began, ended, extract(epoch FROM ended - began)::bigint FROM (
    SELECT service_name, lag(ends, 1, seen - interval '90 days') OVER w AS began, at AS ended FROM (
      SELECT p.service_name, seen, at, at + lasts AS ends FROM past p JOIN disturbed d USING (service_name)
      UNION ALL SELECT service_name, seen, seen - interval '50 hours', seen - interval '48 hours' FROM past WHERE n % 5 = 0
      UNION ALL SELECT service_name, seen, seen, seen FROM past
    ) AS edge WINDOW w AS (PARTITION BY service_name ORDER BY at)
  ) AS gap WHERE ended > began;

INSERT INTO health_checks_hourly
  SELECT service_name, hour, 120 - bad, CASE WHEN n % 2 = 0 THEN bad ELSE 0 END, CASE WHEN n % 2 = 0 THEN 0 ELSE bad END, base * 0.7, base, base,
    base * (1.5 + 2 * bad / 20.0), base * 3
  FROM (
    SELECT service_name, n, hour, CASE WHEN (extract(epoch FROM hour)::bigint / 3600 + n * 11) % 41 = 0 THEN 14 ELSE 0 END AS bad,
      ((8 + n * 7 % 60) * (1 + 0.35 * sin(extract(epoch FROM hour) / 13750.0 + n) + 0.2 * sin(extract(epoch FROM hour) / 3100.0 * (1 + n % 3))))::real AS base
    FROM past, generate_series(date_trunc('hour', now(), 'UTC') - interval '60 days', date_trunc('hour', now(), 'UTC') - interval '1 hour', interval '1 hour') AS hour
  ) AS hours ON CONFLICT DO NOTHING;

INSERT INTO health_checks (service_name, status, latency_ms, error_message, checked_at)
  SELECT p.service_name, coalesce(d.status, 'healthy'),
    CASE WHEN d.status = 'down' THEN NULL
      ELSE (8 + n * 7 % 60) * (1 + 0.35 * sin(extract(epoch FROM at_) / 13750.0 + n) + 0.3 * abs(sin(extract(epoch FROM at_) * n))) END,
    CASE WHEN d.status = 'down' THEN 'connection refused' WHEN d.status = 'degraded' THEN 'response_ms is 812, degraded at > 500' END, at_
  FROM past p CROSS JOIN generate_series(date_trunc('hour', now()) - interval '26 hours', now() - interval '1 minute', interval '2 minutes') AS at_
  LEFT JOIN disturbed d ON d.service_name = p.service_name AND at_ >= d.at AND at_ < d.at + d.lasts
  WHERE at_ < p.seen;
UPDATE rollup_state SET rolled_up_to = date_trunc('hour', now(), 'UTC');
COMMIT;
ANALYZE uptime_records, health_checks, health_checks_hourly;`;
