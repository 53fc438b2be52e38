/* What an admin does to a service: asked of the scheduler, which does it, also while Postgres is away. The list of what was done is Postgres's. */
#include "api/body.h"
#include "api/form.h"
#include "api/now.h"
#include "api/order.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/sql.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/options.h"
#include "core/logtext.h"

/** How long the scheduler may take to read a service's log, milliseconds; somebody waits for it. */
#define LOGS_MS 9000
#define FOLLOW_MS 2000
#define QUERY_MS 900

/* $1 the service or NULL, ($2, $3) the last one given out before, $4 how many. */
static const char list_sql[] =
    "/* actions */ SELECT coalesce(json_agg(" SQL_ACTION " ORDER BY requested_at DESC, id DESC) FILTER (WHERE n <= $4::int), '[]'), "
    "max(CASE WHEN n = $4::int AND total > $4::int THEN (extract(epoch FROM requested_at) * 1000000)::bigint || '.' || id END) "
    "FROM (SELECT *, row_number() OVER (ORDER BY requested_at DESC, id DESC) AS n, count(*) OVER () AS total FROM (SELECT * FROM "
    "health_actions "
    "WHERE ($1::text IS NULL OR service_name = $1) AND (requested_at, id) < ($2::timestamptz, $3::text) "
    "ORDER BY requested_at DESC, id DESC LIMIT $4::int + 1) AS page) AS numbered";

static const char one_sql[] = "/* action */ SELECT " SQL_ACTION " FROM health_actions WHERE id = $1";

/* An action: 200 when it has ended, else 202 and where to ask for it. */
static void answer_action(struct response *r, json_t *answer)
{
  json_t *action = json_incref(json_object_get(answer, "action"));
  const char *state = json_text_of(action, "state", "");
  if (strcmp(state, "done") != 0 && strcmp(state, "failed") != 0) {
    char where[96];
    snprintf(where, sizeof where, "/admin/health/actions/%.40s", json_text_of(action, "id", ""));
    r->status = 202;
    response_header(r, "Location", where);
  }
  json_decref(answer);
  response_json(r, action);
}

enum { CONFIRM, FORCE, ARGUMENT, KEY, MEMBERS };

static void act(struct api *a, const struct request *q, const char *action, struct response *r)
{
  struct member m[MEMBERS] = {
    [CONFIRM] = { "confirm", MEMBER_TEXT, .most = 63 },
    [FORCE] = { "force", MEMBER_BOOL },
    [ARGUMENT] = { "argument", MEMBER_OBJECT },
    [KEY] = { "idempotency_key", MEMBER_TEXT, .least = 1, .most = 128 },
  };
  json_t *body = body_read(q, m, MEMBERS, r);
  if (!body)
    return;
  json_t *request = ask_request("act", q->params[0]);
  json_set_text(request, "action", action);
  if (m[CONFIRM].text)
    json_set_text(request, "confirm", m[CONFIRM].text);
  if (m[FORCE].given)
    json_object_set_new(request, "force", json_boolean(m[FORCE].truth));
  if (m[ARGUMENT].value)
    json_object_set(request, "argument", (json_t *)(uintptr_t)m[ARGUMENT].value);
  if (m[KEY].text)
    json_set_text(request, "idempotency_key", m[KEY].text);
  json_decref(body);
  json_t *answer = order_put(a, q, request, now_left_ms(q, REQUEST_TIME_MS), r);
  if (answer)
    answer_action(r, answer);
}

void res_restart(struct api *a, const struct request *q, struct response *r)
{
  act(a, q, "restart", r);
}

void res_diagnose(struct api *a, const struct request *q, struct response *r)
{
  act(a, q, "diagnose", r);
}

void res_recheck(struct api *a, const struct request *q, struct response *r)
{
  act(a, q, "recheck", r);
}

void res_action_of_its_own(struct api *a, const struct request *q, struct response *r)
{
  act(a, q, q->params[1], r);
}

/* ---- logs ---- */

/* False: the response says what is wrong. */
static bool read_lines(const struct request *q, struct response *r, int64_t *n)
{
  struct parameter lines = { .name = "lines" };
  const char *field;
  struct err e;
  *n = 100;
  if (query_read(q->query, &lines, 1, &field, &e) && (!lines.given || options_number("lines", lines.value, 1, LOGTEXT_LINES_CAP, n, &e)))
    return true;
  problem_answer(r, PROBLEM_BAD_REQUEST, lines.given ? "lines" : field, "%s", e.text);
  return false;
}

void res_logs(struct api *a, const struct request *q, struct response *r)
{
  int64_t n;
  if (!read_lines(q, r, &n))
    return;
  json_t *request = ask_request("logs", q->params[0]);
  json_set_int(request, "lines", n);
  json_t *answer = order_put(a, q, request, LOGS_MS, r);
  if (!answer)
    return;
  json_object_del(answer, "ok");
  json_set_text(answer, "service_name", q->params[0]);
  json_object_set_new(answer, "truncated", json_boolean((int64_t)json_array_size(json_object_get(answer, "lines")) >= n));
  response_json(r, answer);
}

/* As the stream of events: the application looks who asks, and nginx keeps the connection. */
void res_follow(struct api *a, const struct request *q, struct response *r)
{
  int64_t n;
  char where[64];
  if (!read_lines(q, r, &n) || !form_wants_events(q, r))
    return;
  r->content_type = "text/event-stream";
  if (strcmp(q->method, "HEAD") == 0)
    return;
  json_t *request = ask_request("follow", q->params[0]);
  json_set_int(request, "lines", n);
  json_set_text(request, "via", "stream");
  json_t *answer = order_put(a, q, request, FOLLOW_MS, r);
  if (!answer)
    return;
  snprintf(where, sizeof where, "/nginx-log/%.32s", json_text_of(answer, "id", ""));
  response_header(r, "X-Accel-Redirect", where);
  json_decref(answer);
}

/* ---- what was done ---- */

void res_actions(struct api *a, const struct request *q, struct response *r)
{
  enum { SERVICE, LIMIT, CURSOR, COUNT };
  struct parameter p[COUNT] = { [SERVICE] = { "service" }, [LIMIT] = { "limit" }, [CURSOR] = { "cursor" } };
  struct page page;
  if (!page_read(q, p, COUNT, &p[LIMIT], &p[CURSOR], &page, r))
    return;
  const char *params[] = { p[SERVICE].given ? p[SERVICE].value : NULL, page.at, page.id, page.limit };
  page_answer(a, q, list_sql, params, ARRAY_LEN(params), "actions", r);
}

void res_action(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  if (!form_has_no_query(q, r))
    return;
  json_t *request = ask_request("action", NULL), *answer;
  json_set_text(request, "id", q->params[0]);
  enum ask_outcome outcome = ask(a->ask, request, now_left_ms(q, 700), &answer, &e);
  json_decref(request);
  if (outcome == ASK_ANSWERED) {
    json_t *action = json_incref(json_object_get(answer, "action"));
    json_decref(answer);
    response_json(r, action);
    return;
  }
  json_decref(answer);
  const char *params[] = { q->params[0] };
  struct db_rows *rows = db_query(a->db, one_sql, params, 1, now_left_ms(q, QUERY_MS), &e);
  json_t *action = rows && db_rows_count(rows) ? json_read(db_rows_text(rows, 0, 0), strlen(db_rows_text(rows, 0, 0)), &e) : NULL;
  if (!rows)
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
  else if (action)
    response_json(r, action);
  else
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no action \"%s\".", q->params[0]);
  db_rows_free(rows);
}
