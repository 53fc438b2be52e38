/* Latency over time, for graphs: GET /admin/health/sparklines, a small one for every card at once, and GET /admin/health/:service/series, a full
 * one of one service. Whole hours come from the hourly summaries, so that a thousand services over thirty days cost what is drawn and not what
 * was stored; only what the summaries do not have yet is read from the results themselves. All of it is history: without Postgres no answer. */
#include "api/form.h"
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/sql.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/options.h"
#include "core/declaration.h"

/** Most that Postgres may take for one question, milliseconds. */
#define QUERY_MS 900
#define HOUR_US ((int64_t)3600 * 1000000)
#define DAY_US (24 * HOUR_US)
#define DAYS_MOST 90
/** How many periods of 24 hours, the last one ending now, a sparkline has. */
#define DAYS 30
/** Width of a bucket of results, seconds; of the summaries it is an hour. */
#define BUCKET_S 300

/* Where the results take over from the summaries. When the store is far behind they stay out: the last two hours are what is looked at. */
#define SQL_SUMMED "greatest((SELECT rolled_up_to FROM rollup_state), $2::timestamptz - interval '2 hours')"

/* clang-format off */

/* A row a service of the catalogue, $1 24 hours ago, $2 now, $3 thirty days ago: [minutes since $1, milliseconds] of each hour, and of each five
 * minutes that are not summed up yet; and [day since $3, seconds known, degraded, down] of each 24 hours of which something is known. */
static const char sparklines_sql[] =
  "/* sparklines */ SELECT s.service_name, coalesce(l.points, '[]'), coalesce(d.days, '[]') FROM services s LEFT JOIN ("
    "SELECT service_name, json_agg(json_build_array((extract(epoch FROM at - $1::timestamptz) / 60)::int, round(ms)::int) ORDER BY at) AS points FROM ("
      "SELECT h.service_name, h.hour + interval '30 minutes' AS at, h.latency_p50_ms::numeric AS ms FROM services s "
      "JOIN health_checks_hourly h ON h.service_name = s.service_name AND h.hour >= $1::timestamptz AND h.hour < " SQL_SUMMED " "
      "WHERE s.retired_at IS NULL UNION ALL "
      "SELECT service_name, date_bin('5 minutes', checked_at, $1::timestamptz) + interval '150 seconds', avg(latency_ms) FROM health_checks "
      "WHERE checked_at >= " SQL_SUMMED " AND checked_at < $2::timestamptz GROUP BY 1, 2"
    ") p WHERE ms IS NOT NULL GROUP BY service_name) l ON l.service_name = s.service_name LEFT JOIN ("
    "SELECT service_name, json_agg(json_build_array(day, round(known)::int, round(degraded)::int, round(down)::int) ORDER BY day) AS days FROM ("
      "SELECT service_name, day, sum(seconds) AS known, coalesce(sum(seconds) FILTER (WHERE status = 'degraded'), 0) AS degraded, "
      "coalesce(sum(seconds) FILTER (WHERE status = 'down'), 0) AS down FROM ("
        "SELECT service_name, status, day, extract(epoch FROM least(ended_at, $3::timestamptz + (day + 1) * interval '24 hours') - "
        "greatest(started_at, $3::timestamptz + day * interval '24 hours')) AS seconds FROM ("
          "SELECT s.service_name, w.status, w.started_at, w.ended_at FROM services s CROSS JOIN LATERAL ("
            "SELECT status, started_at, ended_at FROM uptime_records WHERE service_name = s.service_name AND ended_at > $3::timestamptz UNION ALL "
            "SELECT w.status, w.started_at, " SQL_VOUCHED("$2::timestamptz") " FROM uptime_records w "
            "WHERE w.service_name = s.service_name AND w.ended_at IS NULL"
          ") w WHERE s.retired_at IS NULL"
        ") w, generate_series(greatest(0, floor(extract(epoch FROM started_at - $3::timestamptz) / 86400))::int, "
        "least(29, floor(extract(epoch FROM ended_at - $3::timestamptz) / 86400))::int) AS day"
      ") piece GROUP BY 1, 2) sums WHERE known > 0 GROUP BY service_name) d ON d.service_name = s.service_name "
  "WHERE s.retired_at IS NULL ORDER BY s.service_name";

/* clang-format on */

/* One row of columns, each an array of the same length: what happened in each bucket. */
#define SQL_COLUMNS                                                                                                              \
  "SELECT coalesce(json_agg(extract(epoch FROM at)::bigint ORDER BY at), '[]'), coalesce(json_agg(healthy ORDER BY at), '[]'), " \
  "coalesce(json_agg(degraded ORDER BY at), '[]'), coalesce(json_agg(down ORDER BY at), '[]'), "                                 \
  "coalesce(json_agg(round(p50::numeric, 1) ORDER BY at), '[]'), coalesce(json_agg(round(p95::numeric, 1) ORDER BY at), '[]'), " \
  "coalesce(json_agg(most ORDER BY at), '[]'), (SELECT count(*) FROM services WHERE service_name = $1 AND retired_at IS NULL) FROM ("
static const char *const columns[] = { "at", "healthy", "degraded", "down", "median_ms", "p95_ms", "max_ms" };

/* Results of [$2, $3) in buckets of a width. */
#define SQL_BUCKETS(width, from)                                                                                                      \
  "SELECT date_bin('" width "', checked_at, $2::timestamptz) AS at, count(*) FILTER (WHERE status = 'healthy') AS healthy, "          \
  "count(*) FILTER (WHERE status = 'degraded') AS degraded, count(*) FILTER (WHERE status = 'down') AS down, "                        \
  "percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95, " \
  "max(latency_ms) AS most FROM health_checks WHERE service_name = $1 AND checked_at >= " from " AND checked_at < $3::timestamptz "   \
  "GROUP BY 1"

/* $1 service, $2 from, $3 now. */
static const char buckets_sql[] = "/* series of a day */ " SQL_COLUMNS SQL_BUCKETS("5 minutes", "$2::timestamptz") ") AS bucket";

static const char hours_sql[] =
    "/* series of days */ " SQL_COLUMNS
    "SELECT hour AS at, healthy, degraded, down, latency_p50_ms::float8 AS p50, latency_p95_ms::float8 AS p95, "
    "latency_max_ms AS most FROM health_checks_hourly WHERE service_name = $1 AND hour >= $2::timestamptz "
    "AND hour < (SELECT rolled_up_to FROM rollup_state) UNION ALL " SQL_BUCKETS(
        "1 hour", "greatest($2::timestamptz, (SELECT rolled_up_to FROM rollup_state), $3::timestamptz - interval '1 day')") ") AS "
                                                                                                                            "bucket";

/* ---- GET /admin/health/sparklines ---- */

void res_sparklines(struct api *a, const struct request *q, struct response *r)
{
  int64_t now_us = clock_wall_us(), from_us = now_us - DAY_US;
  struct err e;
  if (!form_has_no_query(q, r))
    return;
  from_us -= from_us % HOUR_US;
  char from[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE], days_from[CLOCK_STAMP_SIZE];
  const char *params[] = { clock_format(from_us, from), clock_format(now_us, now), clock_format(now_us - DAYS * DAY_US, days_from) };
  struct db_rows *rows = db_query(a->db, sparklines_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows) {
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "History is read from Postgres: %s", e.text);
    return;
  }
  json_t *json = json_object();
  json_set_text(json, "from", from);
  json_set_text(json, "to", now);
  json_set_text(json, "days_from", days_from);
  response_begin(r, json);
  response_list(r, "services");
  for (size_t i = 0; i < db_rows_count(rows); i++) {
    json_t *item = json_object();
    json_set_text(item, "service_name", db_rows_text(rows, i, 0));
    response_item(r, item);
    response_member(r, "latency", db_rows_text(rows, i, 1));
    response_member(r, "days", db_rows_text(rows, i, 2));
    response_end(r);
  }
  response_list_end(r);
  response_end(r);
  db_rows_free(rows);
}

/* ---- GET /admin/health/:service/series ---- */

/* Else the response says what is wrong. */
static bool read_days(const struct request *q, int64_t *days, struct response *r)
{
  struct parameter p = { .name = "days" };
  const char *field;
  struct err e;
  *days = 1;
  bool ok = query_read(q->query, &p, 1, &field, &e);
  if (ok && p.given) {
    field = p.name;
    ok = options_number("days", p.value, 1, DAYS_MOST, days, &e);
  }
  if (!ok)
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
  return ok;
}

void res_series(struct api *a, const struct request *q, struct response *r)
{
  const char *name = q->params[0];
  int64_t now_us = clock_wall_us(), days;
  struct err e;
  if (!read_days(q, &days, r))
    return;
  int64_t from_us = now_us - days * DAY_US, step_us = days == 1 ? BUCKET_S * (int64_t)1000000 : HOUR_US;
  from_us -= from_us % step_us;
  char from[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE];
  const char *params[] = { name, clock_format(from_us, from), clock_format(now_us, now) };
  struct db_rows *rows = NULL;
  bool valid = declaration_name_is_valid(name, &e);
  if (valid)
    rows = db_query(a->db, days == 1 ? buckets_sql : hours_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!valid || (rows && strcmp(db_rows_text(rows, 0, ARRAY_LEN(columns)), "0") == 0)) {
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no service \"%s\"; GET /admin/health lists those there are.", name);
  } else if (!rows) {
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "History is read from Postgres: %s", e.text);
  } else {
    json_t *json = json_object();
    json_set_text(json, "service_name", name);
    json_set_text(json, "from", from);
    json_set_text(json, "to", now);
    json_set_int(json, "step_seconds", step_us / 1000000);
    response_begin(r, json);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
      response_member(r, columns[i], db_rows_text(rows, 0, i));
    response_end(r);
  }
  db_rows_free(rows);
}
