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
#include "base/mem.h"
#include "base/options.h"
#include "core/timeline.h"

/** Most that Postgres may take for each of two questions, milliseconds. */
#define QUERY_MS 900
#define DAYS_DEFAULT 30
#define DAYS_MOST 90
#define PIXELS_DEFAULT 1000
#define PIXELS_MOST 10000
#define DAY_US ((int64_t)86400 * 1000000)

/* clang-format off */

/* A row a window that touches the range, oldest first, and one without for a service that has none. An open one ends where nobody vouches for it
 * any more; while somebody does it has no end. $1 from, $2 now, $3 the service or NULL for all. */
static const char windows_sql[] =
  "/* timelines */ SELECT s.service_name, w.id, w.status, (extract(epoch FROM w.started_at) * 1000000)::bigint, "
  "(extract(epoch FROM w.ended_at) * 1000000)::bigint "
  "FROM services s LEFT JOIN LATERAL ("
    "SELECT id, status, started_at, ended_at FROM uptime_records WHERE service_name = s.service_name AND ended_at > $1::timestamptz "
    "UNION ALL SELECT w.id, w.status, w.started_at, nullif(" SQL_VOUCHED("$2::timestamptz") ", $2::timestamptz) FROM uptime_records w "
    "WHERE w.service_name = s.service_name AND w.ended_at IS NULL"
  ") w ON w.started_at < $2::timestamptz "
  "WHERE s.retired_at IS NULL AND ($3::text IS NULL OR s.service_name = $3::text) ORDER BY s.service_name, w.started_at, w.id";

/* clang-format on */

struct parameters {
  const char *service; /* NULL: all */
  int64_t from_us, to_us, pixels;
};

/* ---- percentages ---- */

/* To the millisecond. */
static json_t *seconds(int64_t us)
{
  int64_t ms = (us + 500) / 1000;
  return json_real((double)ms / 1000.0);
}

/* {"healthy", "degraded", "down", "unknown", "weight"}: what a percentage is made of. */
static json_t *seconds_of(const struct uptime *u)
{
  json_t *json = json_object();
  json_object_set_new(json, "healthy", seconds(u->healthy_us));
  json_object_set_new(json, "degraded", seconds(u->degraded_us));
  json_object_set_new(json, "down", seconds(u->down_us));
  json_object_set_new(json, "unknown", seconds(u->unknown_us));
  json_object_set_new(json, "weight", json_real(u->degraded_weight));
  return json;
}

/* {"service_name", "uptime_24h", ..., "seconds": {"24h": {...}, ...}} */
static json_t *numbers_of(const char *service, const struct service_uptime *u)
{
  json_t *json = json_object(), *all = json_object();
  json_set_text(json, "service_name", service);
  for (size_t i = 0; i < UPTIME_RANGES; i++) {
    char key[16];
    snprintf(key, sizeof key, "uptime_%s", uptime_ranges[i].name);
    json_object_set_new(json, key, uptimes_percent(u ? &u->ranges[i] : NULL));
    json_object_set_new(all, uptime_ranges[i].name, u ? seconds_of(&u->ranges[i]) : json_null());
  }
  json_object_set_new(json, "seconds", all);
  return json;
}

/* ---- timelines ---- */

static int64_t number_at(const struct db_rows *rows, size_t row, size_t column)
{
  const char *text = db_rows_text(rows, row, column);
  return text ? strtoll(text, NULL, 10) : 0;
}

/* One segment of a timeline. Everything in it is ours: nothing to escape. */
static void write_segment(struct buf *b, const struct segment *s)
{
  char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];
  buf_printf(b, "%s{\"id\":%" PRId64 ",\"status\":\"%s\",\"started_at\":\"%s\",", b->len > 1 ? "," : "", s->id, status_name(s->status),
             clock_format(s->started_us, from));
  if (s->is_ongoing)
    buf_add_text(b, "\"ended_at\":null,\"duration_seconds\":null,");
  else
    buf_printf(b, "\"ended_at\":\"%s\",\"duration_seconds\":%" PRId64 ",", clock_format(s->ended_us, to),
               (s->ended_us - s->started_us + 500000) / 1000000);
  buf_printf(b, "\"windows\":%zu}", s->windows);
}

/* Rows [first, last) are one service's. */
static void write_timeline(struct response *r, const struct db_rows *rows, size_t first, size_t last, const struct parameters *p)
{
  struct window *windows = mem_new(last - first, sizeof *windows);
  struct segment *segments = mem_new(last - first, sizeof *segments);
  struct buf text;
  size_t n = 0;
  for (size_t i = first; i < last; i++) {
    struct window w = { .id = number_at(rows, i, 1), .started_us = number_at(rows, i, 3), .ended_us = number_at(rows, i, 4) };
    if (status_from_name(db_rows_text(rows, i, 2), &w.status))
      windows[n++] = w;
  }
  n = timeline_draw(windows, n, p->from_us, p->to_us, (size_t)p->pixels, segments);
  buf_init(&text, RESPONSE_BODY_CAP);
  buf_add_text(&text, "[");
  for (size_t i = 0; i < n; i++)
    write_segment(&text, &segments[i]);
  buf_add_text(&text, "]");
  response_member(r, "timeline", buf_text(&text));
  buf_done(&text);
  free(segments);
  free(windows);
}

/* ---- the route ---- */

static void write_services(struct response *r, const struct uptimes *uptimes, const struct db_rows *rows, const struct parameters *p)
{
  size_t n = db_rows_count(rows);
  response_list(r, "services");
  for (size_t first = 0, last; first < n; first = last) {
    const char *service = db_rows_text(rows, first, 0);
    for (last = first + 1; last < n && strcmp(db_rows_text(rows, last, 0), service) == 0; last++)
      ;
    response_item(r, numbers_of(service, uptimes_find(uptimes, service)));
    write_timeline(r, rows, first, last, p);
    response_end(r);
  }
  response_list_end(r);
}

static void answer(struct api *a, struct response *r, const struct db_rows *rows, const struct parameters *p)
{
  json_t *json = json_object();
  json_set_stamp(json, "from", p->from_us);
  json_set_stamp(json, "to", p->to_us);
  response_begin(r, json);
  write_services(r, a->uptimes, rows, p);
  response_end(r);
}

enum { SERVICE, DAYS, PIXELS, GIVEN };

/* Else the response says what is wrong. */
static bool read_parameters(const struct request *q, int64_t now_us, struct parameter given[GIVEN], struct parameters *p,
                            struct response *r)
{
  const char *field;
  struct err e;
  int64_t days = DAYS_DEFAULT;
  *p = (struct parameters){ .to_us = now_us, .pixels = PIXELS_DEFAULT };
  bool ok = query_read(q->query, given, GIVEN, &field, &e);
  if (ok && given[DAYS].given) {
    field = given[DAYS].name;
    ok = options_number(field, given[DAYS].value, 1, DAYS_MOST, &days, &e);
  }
  if (ok && given[PIXELS].given) {
    field = given[PIXELS].name;
    ok = options_number(field, given[PIXELS].value, 1, PIXELS_MOST, &p->pixels, &e);
  }
  if (!ok)
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
  p->service = given[SERVICE].given ? given[SERVICE].value : NULL;
  p->from_us = now_us - days * DAY_US;
  return ok;
}

void res_uptime(struct api *a, const struct request *q, struct response *r)
{
  struct parameter given[GIVEN] = { { .name = "service" }, { .name = "days" }, { .name = "pixels" } };
  struct parameters p;
  struct err e;
  if (!read_parameters(q, clock_wall_us(), given, &p, r))
    return;
  char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];
  const char *params[] = { clock_format(p.from_us, from), clock_format(p.to_us, to), p.service };
  struct db_rows *rows = NULL;
  if (uptimes_refresh(a->uptimes, a->db, p.to_us, clock_mono_ms(), now_left_ms(q, QUERY_MS), &e))
    rows = db_query(a->db, windows_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows)
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "Uptime is read from Postgres: %s", e.text);
  else if (p.service && !db_rows_count(rows))
    problem_answer(r, PROBLEM_NOT_FOUND, "service", "There is no service \"%s\"; GET /admin/health lists those there are.", p.service);
  else
    answer(a, r, rows, &p);
  db_rows_free(rows);
}
