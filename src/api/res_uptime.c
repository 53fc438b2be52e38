/* GET /admin/health/uptime: percentages with the seconds that they are made of, and timelines. All of it is history: without Postgres there is
 * no answer, and none is made up. */
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/sql.h"
#include "api/uptimes.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/options.h"

/** Most that Postgres may take for each of two questions, milliseconds. */
#define QUERY_MS 900
#define DAYS_DEFAULT 30
#define DAYS_MOST 90
#define DAY_US ((int64_t)86400 * 1000000)
#define SECOND_US 1000000

/* A row a service of the catalogue: its windows that touch the range, oldest first. $1 from, $2 now, $3 the service or NULL for all. */
static const char timeline_sql[] = "SELECT s.service_name, coalesce(json_agg(" SQL_WINDOW(
    "$2::timestamptz") " ORDER BY w.started_at) FILTER (WHERE w.id IS NOT NULL), '[]') "
                       "FROM services s LEFT JOIN uptime_records w ON w.service_name = s.service_name AND w.started_at < $2::timestamptz "
                       "AND (w.ended_at IS NULL OR w.ended_at > $1::timestamptz) "
                       "WHERE s.retired_at IS NULL AND ($3::text IS NULL OR s.service_name = $3::text) GROUP BY s.service_name ORDER BY "
                       "s.service_name";

/* {"healthy", "degraded", "down", "unknown", "weight"}: what a percentage is made of. */
static json_t *seconds_of(const struct uptime *u)
{
  json_t *json = json_object();
  json_set_int(json, "healthy", u->healthy_us / SECOND_US);
  json_set_int(json, "degraded", u->degraded_us / SECOND_US);
  json_set_int(json, "down", u->down_us / SECOND_US);
  json_set_int(json, "unknown", u->unknown_us / SECOND_US);
  json_object_set_new(json, "weight", json_real(u->degraded_weight));
  return json;
}

static void write_services(struct response *r, const struct uptimes *uptimes, const struct db_rows *rows)
{
  response_list(r, "services");
  for (size_t i = 0; i < db_rows_count(rows); i++) {
    const char *name = db_rows_text(rows, i, 0);
    const struct service_uptime *u = uptimes_find(uptimes, name);
    json_t *json = json_object();
    json_set_text(json, "service_name", name);
    json_object_set_new(json, "uptime_7d", uptimes_percent(u ? &u->days7 : NULL));
    json_object_set_new(json, "uptime_30d", uptimes_percent(u ? &u->days30 : NULL));
    json_object_set_new(json, "seconds", u ? seconds_of(&u->days30) : json_null());
    response_item(r, json);
    response_member(r, "timeline", db_rows_text(rows, i, 1));
    response_end(r);
  }
  response_list_end(r);
}

/* Else the response says what is wrong. */
static bool read_parameters(const struct request *q, struct parameter p[2], int64_t *days, struct response *r)
{
  const char *field;
  struct err e;
  *days = DAYS_DEFAULT;
  bool ok = query_read(q->query, p, 2, &field, &e);
  if (ok && p[1].given) {
    field = p[1].name;
    ok = options_number("days", p[1].value, 1, DAYS_MOST, days, &e);
  }
  if (!ok)
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
  return ok;
}

void res_uptime(struct api *a, const struct request *q, struct response *r)
{
  struct parameter p[2] = { { .name = "service" }, { .name = "days" } };
  int64_t now_us = clock_wall_us(), days;
  struct err e;
  if (!read_parameters(q, p, &days, r))
    return;
  char from[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE];
  const char *params[] = { clock_format(now_us - days * DAY_US, from), clock_format(now_us, now), p[0].given ? p[0].value : NULL };
  struct db_rows *rows = NULL;
  if (uptimes_refresh(a->uptimes, a->db, now_us, clock_mono_ms(), now_left_ms(q, QUERY_MS), &e))
    rows = db_query(a->db, timeline_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows) {
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "Uptime is read from Postgres: %s", e.text);
  } else if (p[0].given && !db_rows_count(rows)) {
    problem_answer(r, PROBLEM_NOT_FOUND, "service", "There is no service \"%s\"; GET /admin/health lists those there are.", p[0].value);
  } else {
    json_t *json = json_object();
    json_set_text(json, "from", from);
    json_set_text(json, "to", now);
    response_begin(r, json);
    write_services(r, a->uptimes, rows);
    response_end(r);
  }
  db_rows_free(rows);
}
