/* Who is told of a service's troubles, and what became of it. Configuration is Postgres's: the scheduler hears of a change at once. */
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
#include "base/db.h"
#include "base/json.h"
#include "core/alert_config.h"
#include "core/item.h"

#define QUERY_MS 900

/* $1: may whoever asks see addresses? They are often secrets in themselves. */
static const char configs_sql[] =
    "/* alert configs */ SELECT coalesce(json_agg(CASE WHEN $1::boolean OR config->>'webhook_url' IS NULL THEN config "
    "ELSE config || jsonb_build_object('webhook_url', substring(config->>'webhook_url' FROM '^[a-zA-Z]+://[^/?#]*') || '/...') END "
    "ORDER BY service_name), '[]') "
    "FROM (SELECT service_name, signalbox_alert_config(service_name) AS config FROM services WHERE retired_at IS NULL) AS shown";

/* $1 the service: is it declared, and may webhooks go to addresses without TLS? */
static const char rules_sql[] = "/* alert rules */ SELECT EXISTS (SELECT FROM services WHERE service_name = $1 AND retired_at IS NULL), "
                                "coalesce((SELECT (value->>'insecure_urls')::boolean FROM settings_in_force WHERE name = 'alerts'), false)";

static const char put_sql[] = "/* alert put */ SELECT signalbox_put_alert_config($1, $2::jsonb, $3, $4, $5)";

/* clang-format off */

/* $1 service, $2 channel, $3 state (each NULL: any), ($4, $5) the last row given out before, $6 how many. */
static const char deliveries_sql[] =
  "/* deliveries */ SELECT coalesce(json_agg(" SQL_DELIVERY " ORDER BY created_at DESC, id DESC) FILTER (WHERE n <= $6::int), '[]'), "
  "max(CASE WHEN n = $6::int AND total > $6::int THEN (extract(epoch FROM created_at) * 1000000)::bigint || '.' || id END) "
  "FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS n, count(*) OVER () AS total FROM (SELECT * FROM health_alerts "
  "WHERE ($1::text IS NULL OR service_name = $1) AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR state = $3) "
  "AND (created_at, id) < ($4::timestamptz, $5::text) ORDER BY created_at DESC, id DESC LIMIT $6::int + 1) AS page) AS d";

/* clang-format on */

static void unavailable(struct api *a, struct response *r, const struct err *e)
{
  problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e->text);
}

/* The channels that files declare, as the scheduler knows them; NULL when it does not answer. To be released. */
static json_t *channels_now(struct api *a, const struct request *q)
{
  struct err e;
  json_t *answer, *request = ask_request("channels", NULL), *channels = NULL;
  if (ask(a->ask, request, now_left_ms(q, 700), &answer, &e) == ASK_ANSWERED)
    channels = json_incref(json_object_get(answer, "channels"));
  json_decref(answer);
  json_decref(request);
  return channels;
}

void res_alerts(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  if (!form_has_no_query(q, r))
    return;
  const char *params[] = { q->role == ROLE_ADMIN ? "true" : "false" };
  struct db_rows *rows = db_query(a->db, configs_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows) {
    unavailable(a, r, &e);
    return;
  }
  json_t *json = json_object(), *channels = channels_now(a, q);
  json_object_set_new(json, "channels", channels ? channels : json_null());
  response_begin(r, json);
  response_member(r, "alerts", db_rows_text(rows, 0, 0));
  response_end(r);
  db_rows_free(rows);
}

/* ---- changing one ---- */

enum { DELAY, URL, CHANNELS, ENABLED, REMINDER, MEMBERS };

static bool is_declared(const json_t *channels, const char *name)
{
  size_t i;
  const json_t *channel;
  json_array_foreach(channels, i, channel)
    if (strcmp(json_text_of(channel, "name", ""), name) == 0)
      return true;
  return strcmp(name, "dashboard") == 0;
}

/* Names of channels that there are; of the form of names only while the scheduler does not say which there are. */
static bool check_channels(struct api *a, const struct request *q, const json_t *list, struct response *r)
{
  size_t i;
  const json_t *name;
  json_t *channels = channels_now(a, q);
  bool good = true;
  json_array_foreach(list, i, name) {
    const char *text = json_string_value(name);
    good = text && item_name_is_valid(text) && (!channels || is_declared(channels, text));
    if (!good) {
      problem_answer(r, PROBLEM_INVALID, "notification_channels",
                     "There is no channel \"%.63s\": GET /admin/health/alerts lists those that files in checks.d/channels/ declare.",
                     text ? text : "?");
      break;
    }
  }
  json_decref(channels);
  return good;
}

/* What the members say, checked; false when the response says what is wrong. */
static bool check_members(struct api *a, const struct request *q, const struct member *m, bool insecure, struct response *r)
{
  struct err e;
  if (m[URL].text && *m[URL].text && !alert_url_is_good(m[URL].text, insecure, &e)) {
    problem_answer(r, PROBLEM_INVALID, "webhook_url", "webhook_url: %s.", e.text);
    return false;
  }
  if (m[REMINDER].given && m[REMINDER].number && m[REMINDER].number < ALERT_REMINDER_LEAST_S) {
    problem_answer(r, PROBLEM_INVALID, "reminder_interval_seconds", "reminder_interval_seconds: 0 for never, else at least %d.",
                   ALERT_REMINDER_LEAST_S);
    return false;
  }
  return !m[CHANNELS].value || check_channels(a, q, m[CHANNELS].value, r);
}

/* The bare tag of an If-Match, NULL for none and for "*"; tag has room for it. */
static const char *tag_of(const char *if_match, char tag[40])
{
  if (!if_match || strcmp(if_match, "*") == 0)
    return NULL;
  if (strncmp(if_match, "W/", 2) == 0)
    if_match += 2;
  snprintf(tag, 40, "%.*s", (int)strcspn(if_match + (*if_match == '"'), "\""), if_match + (*if_match == '"'));
  return tag;
}

/* Puts it, and answers with what is there then. */
static void put_config(struct api *a, const struct request *q, const json_t *body, struct response *r)
{
  struct err e;
  char tag[40], etag[48];
  char *text = json_line(body);
  const char *params[] = { q->params[0], text, tag_of(q->if_match, tag), q->user, q->remote_address };
  struct db_rows *rows = db_query(a->db, put_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  json_t *answer = rows ? json_read(db_rows_text(rows, 0, 0), strlen(db_rows_text(rows, 0, 0)), &e) : NULL;
  json_t *config = json_object_get(answer, "config");
  if (!rows || !answer) {
    unavailable(a, r, &e);
  } else if (json_is_true(json_object_get(answer, "conflict"))) {
    problem_answer(r, PROBLEM_PRECONDITION, "If-Match", "It was changed meanwhile: its etag is %s.", json_text_of(config, "etag", "?"));
  } else {
    snprintf(etag, sizeof etag, "\"%s\"", json_text_of(config, "etag", ""));
    response_header(r, "ETag", etag);
    response_json(r, json_incref(config));
  }
  json_decref(answer);
  db_rows_free(rows);
  free(text);
}

void res_alert_put(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  struct member m[MEMBERS] = {
    [DELAY] = { "escalation_delay_seconds", MEMBER_INT, .least = 0, .most = ALERT_DELAY_MOST_S },
    [URL] = { "webhook_url", MEMBER_TEXT, .nullable = true, .most = ALERT_URL_MOST },
    [CHANNELS] = { "notification_channels", MEMBER_LIST, .most = ALERT_TARGETS_MOST },
    [ENABLED] = { "enabled", MEMBER_BOOL },
    [REMINDER] = { "reminder_interval_seconds", MEMBER_INT, .least = 0, .most = ALERT_REMINDER_MOST_S },
  };
  json_t *body = body_read(q, m, MEMBERS, r);
  if (!body)
    return;
  const char *params[] = { q->params[0] };
  struct db_rows *rows = db_query(a->db, rules_sql, params, ARRAY_LEN(params), now_left_ms(q, QUERY_MS), &e);
  if (!rows)
    unavailable(a, r, &e);
  else if (strcmp(db_rows_text(rows, 0, 0), "t") != 0)
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no service \"%s\".", q->params[0]);
  else if (check_members(a, q, m, strcmp(db_rows_text(rows, 0, 1), "t") == 0, r)) {
    if (m[URL].text && !*m[URL].text)
      json_object_set_new(body, "webhook_url", json_null());
    put_config(a, q, body, r);
  }
  db_rows_free(rows);
  json_decref(body);
}

/* ---- drills and deliveries ---- */

void res_alert_test(struct api *a, const struct request *q, struct response *r)
{
  struct member m = { "channels", MEMBER_LIST, .least = 1, .most = ALERT_TARGETS_MOST };
  json_t *body = body_read(q, &m, 1, r);
  if (!body)
    return;
  json_t *request = ask_request("alert_test", q->params[0]);
  if (m.value)
    json_object_set(request, "channels", (json_t *)(uintptr_t)m.value);
  json_decref(body);
  json_t *answer = order_put(a, q, request, now_left_ms(q, REQUEST_TIME_MS), r);
  if (!answer)
    return;
  json_object_del(answer, "ok");
  r->status = 202;
  response_header(r, "Location", "/admin/health/alerts/deliveries");
  response_json(r, answer);
}

static bool is_state(const struct parameter *p, struct response *r)
{
  static const char *const states[] = { "pending", "delivered", "failed", "given_up", "suppressed" };
  bool known = !p->given;
  for (size_t i = 0; i < ARRAY_LEN(states); i++)
    known = known || strcmp(p->value, states[i]) == 0;
  if (!known)
    problem_answer(r, PROBLEM_BAD_REQUEST, "state", "A state is one of pending, delivered, failed, given_up and suppressed.");
  return known;
}

void res_deliveries(struct api *a, const struct request *q, struct response *r)
{
  enum { SERVICE, CHANNEL, STATE, LIMIT, CURSOR, COUNT };
  struct parameter p[COUNT] = { { "service" }, { "channel" }, { "state" }, { "limit" }, { "cursor" } };
  struct page page;
  if (!page_read(q, p, COUNT, &p[LIMIT], &p[CURSOR], &page, r) || !is_state(&p[STATE], r))
    return;
  const char *params[6];
  for (size_t i = 0; i < LIMIT; i++)
    params[i] = p[i].given ? p[i].value : NULL;
  params[3] = page.at;
  params[4] = page.id;
  params[5] = page.limit;
  page_answer(a, q, deliveries_sql, params, ARRAY_LEN(params), "deliveries", r);
}
