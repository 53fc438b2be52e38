/* GET /admin/health and /admin/health/:service: the present from now.h, the past from Postgres, which builds the JSON of its rows itself. */
#include "api/cursor.h"
#include "api/form.h"
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/sql.h"
#include "api/uptimes.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/jsontext.h"
#include "base/log.h"
#include "base/options.h"
#include "core/declaration.h"

/** Most that history may take of a request's time, milliseconds. */
#define HISTORY_MS 900
#define LIMIT_DEFAULT 100
#define LIMIT_MOST 1000
#define DAY_US ((int64_t)86400 * 1000000)
/** The year 10000, microseconds: no stamp that a client means is later. */
#define STAMP_END_US ((int64_t)253402300800 * 1000000)

/* One row: the checks of a page as JSON, whether there are more, where the page ends; and the windows of the last 24 hours.
 * $1 service, $2 since, $3 until, ($4, $5) the last row given out before, $6 how many, $7 now. */
static const char history_sql[] =
    "/* history */ SELECT coalesce(json_agg(json_build_object('id', id, 'service_name', service_name, 'status', status, 'latency_ms', "
    "latency_ms, "
    "'error_message', error_message, 'details_json', details_json, 'checked_at', " SQL_STAMP(
        "checked_at") ") ORDER BY n) "
                      "FILTER (WHERE n <= $6::int), '[]'), count(*) > $6::int, "
                      "(max(extract(epoch FROM checked_at)) FILTER (WHERE n = $6::int) * 1000000)::bigint, max(id) FILTER (WHERE n = "
                      "$6::int), "
                      "(SELECT coalesce(json_agg(" SQL_WINDOW(
                          "$7::timestamptz") " ORDER BY w.started_at), '[]') FROM uptime_records w "
                                             "JOIN services s ON s.service_name = w.service_name WHERE w.service_name = $1 AND "
                                             "w.started_at < $7::timestamptz "
                                             "AND (w.ended_at IS NULL OR w.ended_at > $7::timestamptz - interval '24 hours')) "
                                             "FROM (SELECT *, row_number() OVER (ORDER BY checked_at DESC, id DESC) AS n FROM (SELECT * "
                                             "FROM health_checks "
                                             "WHERE service_name = $1 AND checked_at >= $2::timestamptz AND checked_at < $3::timestamptz "
                                             "AND (checked_at, id) < ($4::timestamptz, $5::bigint) ORDER BY checked_at DESC, id DESC LIMIT "
                                             "$6::int + 1) AS page) AS numbered";

/* ---- uptime beside a card ---- */

/* A server that is not there is known already; one that refuses what we ask is worth a line. */
static void log_missing(const struct api *a, const char *what, const struct err *e)
{
  const char *sqlstate = db_sqlstate(a->db);
  log_event(*sqlstate ? LOG_WARN : LOG_DEBUG, what, "sqlstate=%s why=%s", sqlstate, LOG_QUOTE(e->text));
}

/* Whether Postgres gave the numbers; without them every card says null. */
static bool refresh_uptimes(struct api *a, const struct request *q)
{
  struct err e;
  bool ok = uptimes_refresh(a->uptimes, a->db, clock_wall_us(), clock_mono_ms(), now_left_ms(q, HISTORY_MS), &e);
  if (!ok)
    log_missing(a, "uptime_missing", &e);
  return ok;
}

static void add_uptime(const struct api *a, bool known, json_t *card)
{
  const struct service_uptime *u = known ? uptimes_find(a->uptimes, json_text_of(card, "service_name", "")) : NULL;
  json_t *uptime = json_object();
  json_object_set_new(uptime, "7d", uptimes_percent(u ? &u->ranges[UPTIME_7D] : NULL));
  json_object_set_new(uptime, "30d", uptimes_percent(u ? &u->ranges[UPTIME_30D] : NULL));
  json_object_set_new(card, "uptime", uptime);
}

/* ---- GET /admin/health ---- */

/* Beside a card of the list. */
struct uptime_beside {
  const struct uptimes *uptimes;
  bool known;
};

static void write_uptime(void *arg, const char *service, struct buf *out)
{
  const struct uptime_beside *u = arg;
  const struct service_uptime *of = u->known ? uptimes_find(u->uptimes, service) : NULL;
  jsontext_raw(out, "uptime", "{");
  uptimes_write(out, "7d", of ? &of->ranges[UPTIME_7D] : NULL);
  uptimes_write(out, "30d", of ? &of->ranges[UPTIME_30D] : NULL);
  buf_add_text(out, "}");
}

/* The tag is over everything but when it was asked and until when the gate's lease holds: these move on all the time. */
static void write_head(struct response *r, const json_t *head)
{
  json_t *gate = json_object_get(head, "gate"), *until = json_incref(json_object_get(gate, "valid_until")), *value;
  const char *key;
  json_object_del(gate, "valid_until");
  json_object_foreach((json_t *)(uintptr_t)head, key, value)
    if (strcmp(key, "generated_at") != 0 && value != gate)
      jsontext_value(&r->body, key, value);
  if (gate)
    jsontext_value(&r->body, "gate", gate);
  response_tag(r, r->body.data, r->body.len);
  if (until) {
    r->body.len--; /* inside the gate's brace */
    jsontext_value(&r->body, "valid_until", until);
    buf_add_text(&r->body, "}");
  }
  jsontext_value(&r->body, "generated_at", json_object_get(head, "generated_at"));
  json_decref(until);
}

void res_overview(struct api *a, const struct request *q, struct response *r)
{
  json_t *head;
  struct err e;
  if (!form_has_no_query(q, r))
    return;
  struct uptime_beside uptime = { .uptimes = a->uptimes, .known = refresh_uptimes(a, q) };
  response_begin(r, json_object());
  jsontext_raw(&r->body, "services", "");
  if (now_overview(a, q, &r->body, write_uptime, &uptime, &head, &e) != NOW_KNOWN) {
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "%s", e.text);
    return;
  }
  write_head(r, head);
  response_end(r);
  json_decref(head);
}

/* ---- GET /admin/health/:service ---- */

struct page {
  int64_t since_us, until_us;
  struct cursor after; /* at_us 0: from the newest */
  int64_t limit;
};

static bool is_stamp(int64_t us)
{
  return us >= 0 && us < STAMP_END_US;
}

static bool read_stamp(const struct parameter *p, int64_t *us, struct err *e)
{
  return !p->given || (clock_parse(p->value, us) && is_stamp(*us)) ||
         err_set(e, "%s: \"%s\" is no RFC 3339 stamp, such as 2026-08-22T10:00:00Z (a + is written %%2B)", p->name, p->value);
}

/* Else the response says what is wrong. */
static bool read_page(const struct request *q, int64_t now_us, struct page *page, struct response *r)
{
  enum { SINCE, UNTIL, LIMIT, CURSOR, COUNT };
  struct parameter p[COUNT] = { { .name = "since" }, { .name = "until" }, { .name = "limit" }, { .name = "cursor" } };
  const char *field = NULL;
  struct err e;
  *page = (struct page){ .since_us = now_us - DAY_US, .until_us = STAMP_END_US, .limit = LIMIT_DEFAULT };
  bool ok = query_read(q->query, p, COUNT, &field, &e);
  for (size_t i = 0; ok && i < COUNT; i++) {
    field = p[i].name;
    if (i == SINCE)
      ok = read_stamp(&p[i], &page->since_us, &e);
    else if (i == UNTIL)
      ok = read_stamp(&p[i], &page->until_us, &e);
    else if (i == LIMIT)
      ok = !p[i].given || options_number("limit", p[i].value, 1, LIMIT_MOST, &page->limit, &e);
    else if (p[i].given && (p[SINCE].given || p[UNTIL].given))
      ok = err_set(&e, "a cursor knows its range: leave out since and until");
    else if (p[i].given)
      ok = (cursor_read(p[i].value, &page->after) && is_stamp(page->after.at_us) && is_stamp(page->after.since_us)) ||
           err_set(&e, "cursor: not one that was given out as \"next\"");
  }
  if (!ok) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return false;
  }
  if (page->after.at_us) {
    page->since_us = page->after.since_us;
    page->until_us = page->after.at_us + 1;
  }
  return true;
}

static struct db_rows *query_history(struct api *a, const struct request *q, const char *name, const struct page *page, int64_t now_us,
                                     struct err *e)
{
  char since[CLOCK_STAMP_SIZE], until[CLOCK_STAMP_SIZE], at[CLOCK_STAMP_SIZE], now[CLOCK_STAMP_SIZE], id[24], limit[24];
  snprintf(id, sizeof id, "%" PRId64, page->after.id);
  snprintf(limit, sizeof limit, "%" PRId64, page->limit);
  const char *params[] = { name,
                           clock_format(page->since_us, since),
                           clock_format(page->until_us, until),
                           page->after.at_us ? clock_format(page->after.at_us, at) : "infinity",
                           id,
                           limit,
                           clock_format(now_us, now) };
  return db_query(a->db, history_sql, params, ARRAY_LEN(params), now_left_ms(q, HISTORY_MS), e);
}

/* Where the next page begins, as JSON; "null" when this was the last. */
static const char *next_of(const struct db_rows *rows, const struct page *page, char text[CURSOR_SIZE + 2])
{
  char cursor[CURSOR_SIZE];
  if (strcmp(db_rows_text(rows, 0, 1), "t") != 0)
    return "null";
  struct cursor next = { .since_us = page->since_us,
                         .at_us = strtoll(db_rows_text(rows, 0, 2), NULL, 10),
                         .id = strtoll(db_rows_text(rows, 0, 3), NULL, 10) };
  snprintf(text, CURSOR_SIZE + 2, "\"%s\"", cursor_write(&next, cursor));
  return text;
}

void res_service(struct api *a, const struct request *q, struct response *r)
{
  const char *name = q->params[0];
  int64_t now_us = clock_wall_us();
  struct page page;
  struct err e;
  json_t *card = NULL;
  if (!read_page(q, now_us, &page, r))
    return;
  enum now_outcome outcome = declaration_name_is_valid(name, &e) ? now_service(a, q, name, &card, &e) : NOW_UNKNOWN;
  if (outcome == NOW_UNKNOWN) {
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no service \"%s\"; GET /admin/health lists those there are.", name);
    return;
  }
  if (outcome == NOW_SILENT) {
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "%s", e.text);
    return;
  }
  add_uptime(a, refresh_uptimes(a, q), card);
  struct db_rows *rows = query_history(a, q, name, &page, now_us, &e);
  if (!rows)
    log_missing(a, "history_missing", &e);
  char next[CURSOR_SIZE + 2];
  json_object_set_new(card, "history_available", json_boolean(rows != NULL));
  response_begin(r, card);
  response_member(r, "checks", rows ? db_rows_text(rows, 0, 0) : "[]");
  response_member(r, "next", rows ? next_of(rows, &page, next) : "null");
  response_member(r, "windows", rows ? db_rows_text(rows, 0, 4) : "[]");
  response_end(r);
  db_rows_free(rows);
}
