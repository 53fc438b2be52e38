/* What holds alerts back by somebody's will: acknowledgements, which are the scheduler's, and maintenance windows, which are Postgres's. */
#include "api/body.h"
#include "api/form.h"
#include "api/now.h"
#include "api/order.h"
#include "api/problem.h"
#include "api/routes.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/options.h"
#include "core/maintenance.h"

#define QUERY_MS 900
/** Occurrences that are shown of a window. */
#define NEXT 3
#define NOTE_MOST 500

/* Those that are not over for longer than a day. */
static const char list_sql[] = "/* maintenance */ SELECT signalbox_config()->'maintenance'";
static const char add_sql[] = "/* maintenance add */ SELECT signalbox_add_maintenance($1::jsonb, $2, $3)";
static const char remove_sql[] = "/* maintenance remove */ SELECT signalbox_remove_maintenance($1::bigint, $2, $3)";

/* ---- acknowledgements ---- */

void res_acknowledge(struct api *a, const struct request *q, struct response *r)
{
  enum { NOTE, UNTIL, COUNT };
  struct member m[COUNT] = {
    [NOTE] = { "note", MEMBER_TEXT, .nullable = true, .most = NOTE_MOST }, [UNTIL] = { "until", MEMBER_STAMP, .nullable = true }
  };
  json_t *body = body_read(q, m, COUNT, r);
  if (!body)
    return;
  json_t *request = ask_request("acknowledge", q->params[0]);
  if (m[NOTE].text)
    json_set_text(request, "note", m[NOTE].text);
  if (m[UNTIL].text)
    json_set_text(request, "until", m[UNTIL].text);
  json_decref(body);
  json_t *answer = order_put(a, q, request, now_left_ms(q, REQUEST_TIME_MS), r);
  if (answer)
    response_json(r, json_incref(json_object_get(answer, "acknowledged")));
  json_decref(answer);
}

void res_unacknowledge(struct api *a, const struct request *q, struct response *r)
{
  json_t *body = body_read(q, NULL, 0, r);
  if (!body)
    return;
  json_decref(body);
  json_t *answer = order_put(a, q, ask_request("unacknowledge", q->params[0]), now_left_ms(q, REQUEST_TIME_MS), r);
  if (answer)
    r->status = 204;
  json_decref(answer);
}

/* ---- maintenance ---- */

static void add_occurrences(json_t *json, const struct maintenance *m, int64_t now_us)
{
  struct maintenance_span spans[NEXT];
  json_t *next = json_array();
  size_t n = maintenance_next(m, now_us, spans, NEXT);
  for (size_t i = 0; i < n; i++) {
    json_t *span = json_object();
    json_set_stamp(span, "starts_at", spans[i].starts_us);
    json_set_stamp(span, "ends_at", spans[i].ends_us);
    json_array_append_new(next, span);
  }
  json_object_set_new(json, "active", json_boolean(n && spans[0].starts_us <= now_us));
  json_object_set_new(json, "next", next);
}

void res_maintenance(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  size_t i;
  json_t *window, *json;
  if (!form_has_no_query(q, r))
    return;
  struct db_rows *rows = db_query(a->db, list_sql, NULL, 0, now_left_ms(q, QUERY_MS), &e);
  json_t *list = rows ? json_read(db_rows_text(rows, 0, 0), strlen(db_rows_text(rows, 0, 0)), &e) : NULL;
  db_rows_free(rows);
  if (!list) {
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
    return;
  }
  int64_t now_us = clock_wall_us();
  json_array_foreach(list, i, window) {
    struct maintenance m;
    const char *field;
    if (maintenance_read(&m, window, &field, &e)) {
      add_occurrences(window, &m, now_us);
      maintenance_done(&m);
    }
  }
  json = json_object();
  json_object_set_new(json, "windows", list);
  response_json(r, json);
}

/* The window as a client sent it, if it makes sense and is not over. */
static bool check_window(const json_t *body, struct response *r)
{
  struct maintenance m;
  struct maintenance_span span;
  struct err e;
  const char *field;
  if (!maintenance_read(&m, body, &field, &e)) {
    problem_answer(r, PROBLEM_INVALID, field, "%s: %s.", field, e.text);
    return false;
  }
  bool comes = maintenance_next(&m, clock_wall_us(), &span, 1) == 1;
  if (!comes)
    problem_answer(r, PROBLEM_INVALID, "ends_at", "ends_at: the window would be over already.");
  maintenance_done(&m);
  return comes;
}

/* The window as the list shows it. */
static void answer_window(const struct request *q, json_t *body, int64_t id, struct response *r)
{
  struct maintenance window;
  struct err e;
  const char *field;
  json_set_int(body, "id", id);
  json_set_text(body, "created_by", q->user);
  if (!json_object_get(body, "recurrence"))
    json_object_set_new(body, "recurrence", json_null());
  if (maintenance_read(&window, body, &field, &e)) {
    json_set_stamp(body, "starts_at", window.starts_us);
    json_set_stamp(body, "ends_at", window.ends_us);
    add_occurrences(body, &window, clock_wall_us());
    maintenance_done(&window);
  }
  r->status = 201;
  response_json(r, json_incref(body));
}

void res_maintenance_add(struct api *a, const struct request *q, struct response *r)
{
  enum { TITLE, SERVICES, STARTS, ENDS, RECURRENCE, COUNT };
  enum { DAYS, AT, MINUTES, ZONE, RECURRENCES };
  struct member m[COUNT] = {
    [TITLE] = { "title", MEMBER_TEXT, .required = true, .least = 1, .most = 200 },
    [SERVICES] = { "services", MEMBER_LIST, .required = true, .least = 1, .most = MAINTENANCE_SERVICES_MOST },
    [STARTS] = { "starts_at", MEMBER_STAMP, .required = true },
    [ENDS] = { "ends_at", MEMBER_STAMP, .nullable = true },
    [RECURRENCE] = { "recurrence", MEMBER_OBJECT, .nullable = true },
  };
  struct member again[RECURRENCES] = {
    [DAYS] = { "days", MEMBER_LIST, .required = true, .least = 1, .most = 7 },
    [AT] = { "at", MEMBER_TEXT, .required = true, .least = 5, .most = 5 },
    [MINUTES] = { "duration_minutes", MEMBER_INT, .required = true, .least = 1, .most = MAINTENANCE_MINUTES_MOST },
    [ZONE] = { "time_zone", MEMBER_TEXT, .required = true, .least = 1, .most = 64 },
  };
  struct err e;
  json_t *body = body_read(q, m, COUNT, r);
  if (!body)
    return;
  if ((!m[RECURRENCE].value || body_read_object(m[RECURRENCE].value, "recurrence", again, RECURRENCES, r)) && check_window(body, r)) {
    char *text = json_line(body);
    const char *params[] = { text, q->user, q->remote_address };
    struct db_rows *rows = db_query(a->db, add_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
    if (rows)
      answer_window(q, body, strtoll(db_rows_text(rows, 0, 0), NULL, 10), r);
    else
      problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
    db_rows_free(rows);
    free(text);
  }
  json_decref(body);
}

void res_maintenance_remove(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  int64_t id;
  json_t *body = body_read(q, NULL, 0, r);
  if (!body)
    return;
  json_decref(body);
  struct db_rows *rows = NULL;
  bool is_number = options_number("id", q->params[0], 1, INT64_MAX, &id, &e);
  const char *params[] = { q->params[0], q->user, q->remote_address };
  if (is_number)
    rows = db_query(a->db, remove_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (is_number && !rows)
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
  else if (!is_number || strcmp(db_rows_text(rows, 0, 0), "t") != 0)
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no maintenance window \"%.40s\".", q->params[0]);
  else
    r->status = 204;
  db_rows_free(rows);
}
