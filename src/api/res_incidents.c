/* GET /admin/health/incidents/:id: what happened in a window of the timeline, by the window's id: the last good and the first bad result, what was found out
 * then, what was done about it and who was told. All of it is history, so Postgres builds it. */
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/sql.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"

#define QUERY_MS 1500

/* clang-format off */

#define CHECK_JSON \
  "json_build_object('id', c.id, 'status', c.status, 'latency_ms', c.latency_ms, 'error_message', c.error_message, 'measures', c.details_json, " \
  "'checked_at', " SQL_STAMP("c.checked_at") ")"

/* A window begins at the first of the results that confirmed it. Results older than a day before it are not "before". $1 id, $2 now. */
static const char incident_sql[] =
  "/* incident */ SELECT w.service_name, " SQL_WINDOW("$2::timestamptz") ", "
  "(SELECT " CHECK_JSON " FROM health_checks c WHERE c.service_name = w.service_name AND c.checked_at < w.started_at "
    "AND c.checked_at > w.started_at - interval '1 day' AND c.status = 'healthy' ORDER BY c.checked_at DESC LIMIT 1), "
  "(SELECT " CHECK_JSON " FROM health_checks c WHERE c.service_name = w.service_name AND c.checked_at >= w.started_at "
    "AND c.checked_at < w.started_at + interval '1 day' ORDER BY c.checked_at LIMIT 1), "
  "(SELECT coalesce(json_agg(" CHECK_JSON " ORDER BY c.checked_at), '[]') FROM (SELECT * FROM health_checks WHERE service_name = w.service_name "
    "AND checked_at > w.started_at - interval '10 minutes' AND checked_at < w.started_at + interval '10 minutes' ORDER BY checked_at LIMIT 200) c), "
  "(SELECT json_build_object('depends_on', i.depends_on, 'diagnosis', i.diagnosis, 'logs', i.logs) FROM health_incidents i "
    "WHERE i.service_name = w.service_name AND i.started_at <= w.started_at ORDER BY i.started_at DESC LIMIT 1), "
  "(SELECT coalesce(json_agg(" SQL_ACTION " ORDER BY requested_at), '[]') FROM health_actions a "
    "WHERE a.service_name = w.service_name AND requested_at BETWEEN w.started_at AND coalesce(w.ended_at, $2::timestamptz)), "
  "(SELECT coalesce(json_agg(" SQL_AUDIT " ORDER BY id), '[]') FROM audit_log l "
    "WHERE l.subject = w.service_name AND l.at BETWEEN w.started_at AND coalesce(w.ended_at, $2::timestamptz)), "
  "(SELECT coalesce(json_agg(" SQL_DELIVERY " ORDER BY d.created_at, d.id), '[]') FROM (SELECT * FROM health_alerts "
    "WHERE service_name = w.service_name AND created_at BETWEEN w.started_at - interval '7 days' AND coalesce(w.ended_at, $2::timestamptz) + interval '7 days' "
    "AND alert_id IN (SELECT alert_id FROM health_alerts WHERE service_name = w.service_name AND created_at BETWEEN w.started_at AND "
    "coalesce(w.ended_at, $2::timestamptz)) ORDER BY created_at, id LIMIT 200) d) "
  "FROM uptime_records w JOIN services s ON s.service_name = w.service_name WHERE w.id = $1::bigint";

/* clang-format on */

static const char *or_null(const char *json)
{
  return json ? json : "null";
}

/* The window's members beside what belongs to it. */
static void answer(const struct db_rows *rows, struct response *r)
{
  static const char *const raw[] = { "before", "after", "checks" };
  struct err e;
  const char *window = db_rows_text(rows, 0, 1), *found = db_rows_text(rows, 0, 5);
  json_t *json = json_read(window, strlen(window), &e), *captured = found ? json_read(found, strlen(found), &e) : NULL;
  static const char *const parts[] = { "depends_on", "diagnosis", "logs" };
  json_set_text(json, "service_name", db_rows_text(rows, 0, 0));
  for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
    json_t *part = json_object_get(captured, parts[i]);
    json_object_set(json, parts[i], part ? part : json_null());
  }
  json_decref(captured);
  response_begin(r, json);
  for (size_t i = 0; i < ARRAY_LEN(raw); i++)
    response_member(r, raw[i], or_null(db_rows_text(rows, 0, 2 + i)));
  response_member(r, "actions", db_rows_text(rows, 0, 6));
  response_member(r, "audit", db_rows_text(rows, 0, 7));
  response_member(r, "alerts", db_rows_text(rows, 0, 8));
  response_end(r);
}

void res_incident(struct api *a, const struct request *q, struct response *r)
{
  char now[CLOCK_STAMP_SIZE];
  struct err e;
  const char *field;
  size_t n = strlen(q->params[0]);
  if (!query_read(q->query, NULL, 0, &field, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return;
  }
  if (n > 18 || strspn(q->params[0], "0123456789") != n) {
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "An incident is asked for by the id of a window, a number.");
    return;
  }
  const char *params[] = { q->params[0], clock_format(clock_wall_us(), now) };
  struct db_rows *rows = db_query(a->db, incident_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows)
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
  else if (!db_rows_count(rows))
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no window %s.", q->params[0]);
  else
    answer(rows, r);
  db_rows_free(rows);
}
