#include "api/now.h"

#include "api/sql.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/verdict.h"

/** Most that the scheduler, and that Postgres, may take of a request's time, milliseconds. */
#define SCHEDULER_MS 900
#define DATABASE_MS 900
/** What is kept back for writing the answer. */
#define RESERVE_MS 100
/** After a question ran out of time the scheduler is left alone for so long: a hung one must not cost every request its share. */
#define SILENCE_MS 1000

#define CARD                                                                                                                               \
  "'service_name', service_name, 'title', title, 'group', service_group, 'status', status, 'since', " SQL_STAMP(                           \
      "since") ", 'up_since', " SQL_STAMP("up_since") ", 'latency_ms', latency_ms, 'checked_at', " SQL_STAMP("checked_at") ", 'stale', "   \
                                                                                                                           "true, "        \
                                                                                                                           "'error_"       \
                                                                                                                           "message', "    \
                                                                                                                           "coalesce(no_"  \
                                                                                                                           "data_error, "  \
                                                                                                                           "error_"        \
                                                                                                                           "message), "    \
                                                                                                                           "'critical', "  \
                                                                                                                           "critical, "    \
                                                                                                                           "'public', "    \
                                                                                                                           "coalesce(("    \
                                                                                                                           "declaration->" \
                                                                                                                           ">'public')::"  \
                                                                                                                           "boolean, "     \
                                                                                                                           "false)"

static const char overview_sql[] = "/* overview copy */ SELECT coalesce(json_agg(json_build_object(" CARD
                                   ") ORDER BY service_name), '[]'), count(*), coalesce(bool_or(critical), false) "
                                   "FROM services WHERE retired_at IS NULL";

static const char service_sql[] =
    "/* service copy */ SELECT json_build_object(" CARD
    ", 'measures', measures, 'limits', declaration->'limits', 'every_ms', declaration->'every_ms', "
    "'timeout_ms', declaration->'timeout_ms', 'retry_every_ms', declaration->'retry_every_ms', 'rise', declaration->'rise', "
    "'fall', declaration->'fall', 'depends_on', declaration->'depends_on', 'can', declaration->'can', 'file', file, 'next_check_at', NULL) "
    "FROM services WHERE service_name = $1 AND retired_at IS NULL";

/* The gate and its checklist when the scheduler is silent (migrations/). */
static const char gate_sql[] = "/* gate */ SELECT signalbox_gate_json()";
static const char checklist_sql[] = "/* checklist */ SELECT signalbox_checklist_json()";

int64_t now_left_ms(const struct request *q, int64_t most_ms)
{
  int64_t left_ms = q->deadline_ms - RESERVE_MS - clock_mono_ms();
  return left_ms < 1 ? 1 : left_ms < most_ms ? left_ms : most_ms;
}

/* Is it known to hang just now? Then it is not asked, until the answer that it owes comes after all. */
static bool is_left_alone(struct api *a, int64_t mono_ms, struct err *e)
{
  if (ask_is_heard(a->ask))
    a->silent_until_ms = 0;
  return mono_ms < a->silent_until_ms && !err_set(e, "the scheduler does not answer in time");
}

/* It gave no answer after so long. */
static void note_silence(struct api *a, int64_t began_ms, int64_t most_ms)
{
  int64_t now_ms = clock_mono_ms();
  if (now_ms - began_ms >= most_ms)
    a->silent_until_ms = now_ms + SILENCE_MS;
}

/* Asks; ASK_SILENT without trying while it is known to hang. */
static enum ask_outcome ask_now(struct api *a, const struct request *q, const char *op, const char *name, json_t **answer, struct err *e)
{
  *answer = NULL;
  int64_t began_ms = clock_mono_ms(), most_ms = now_left_ms(q, SCHEDULER_MS);
  if (is_left_alone(a, began_ms, e))
    return ASK_SILENT;
  json_t *request = ask_request(op, name);
  enum ask_outcome outcome = ask(a->ask, request, most_ms, answer, e);
  json_decref(request);
  if (outcome == ASK_SILENT)
    note_silence(a, began_ms, most_ms);
  return outcome;
}

/* The scheduler's overview as the line that it sends, to free(); NULL when it is silent. */
static char *ask_overview(struct api *a, const struct request *q, struct err *e)
{
  int64_t began_ms = clock_mono_ms(), most_ms = now_left_ms(q, SCHEDULER_MS);
  if (is_left_alone(a, began_ms, e))
    return NULL;
  json_t *request = ask_request("overview", NULL);
  char *line = ask_line(a->ask, request, most_ms, e);
  json_decref(request);
  if (!line)
    note_silence(a, began_ms, most_ms);
  return line;
}

/* One value of JSON from Postgres's copy. *json is NULL when there is no row. */
static bool read_copy(struct api *a, const struct request *q, const char *sql, const char *name, json_t **json, struct err *e)
{
  const char *params[] = { name };
  struct db_rows *rows = db_query(a->db, sql, params, name ? 1 : 0, now_left_ms(q, DATABASE_MS), e);
  *json = NULL;
  if (!rows)
    return false;
  const char *text = db_rows_count(rows) ? db_rows_text(rows, 0, 0) : NULL;
  bool ok = true;
  if (text) {
    *json = json_read(text, strlen(text), e);
    ok = *json != NULL;
  }
  db_rows_free(rows);
  return ok;
}

json_t *now_from_scheduler(struct api *a, const struct request *q, struct err *e)
{
  json_t *answer;
  if (ask_now(a, q, "overview", NULL, &answer, e) == ASK_ANSWERED) {
    json_object_del(answer, "ok");
    json_set_text(answer, "source", "scheduler");
    return answer;
  }
  json_decref(answer);
  return NULL;
}

/* Two sentences into one. */
static enum now_outcome silent(struct err *e, const struct err *scheduler)
{
  err_context(e, "%s; Postgres", scheduler->text);
  return NOW_SILENT;
}

/* The line is {"ok":true,"services":[...],...}: the cards are copied, what follows them is the head. */
static bool take_line(const char *line, struct buf *cards, cards_fn fn, void *arg, json_t **head, struct err *e)
{
  static const char begin[] = "{\"ok\":true,\"services\":";
  const char *end;
  *head = NULL;
  if (strncmp(line, begin, sizeof begin - 1) != 0 || !cards_copy(line + sizeof begin - 1, cards, fn, arg, &end) || *end != ',')
    return err_set(e, "the scheduler's answer is not understood");
  char *rest = mem_printf("{%s", end + 1);
  *head = json_read(rest, strlen(rest), e);
  free(rest);
  return *head != NULL;
}

/* Nothing in a copy is known to hold now. */
static json_t *head_of_copy(const struct db_rows *rows)
{
  bool any = strcmp(db_rows_text(rows, 0, 1), "0") != 0, critical = strcmp(db_rows_text(rows, 0, 2), "t") == 0;
  struct verdict verdict = { .count = any, .not_healthy = any, .critical_unknown = critical };
  json_t *head = json_object();
  json_set_stamp(head, "generated_at", clock_wall_us());
  json_set_text(head, "status", status_name(verdict_status(&verdict)));
  json_object_set_new(head, "ready", json_false());
  json_object_set_new(head, "blocking", json_pack("[s]", "scheduler"));
  json_set_text(head, "source", "database");
  return head;
}

static bool take_copy(struct api *a, const struct request *q, struct buf *cards, cards_fn fn, void *arg, json_t **head, struct err *e)
{
  const char *end;
  struct db_rows *rows = db_query(a->db, overview_sql, NULL, 0, now_left_ms(q, DATABASE_MS), e);
  *head = NULL;
  if (!rows)
    return false;
  bool ok = cards_copy(db_rows_text(rows, 0, 0), cards, fn, arg, &end) || err_set(e, "its copy is not understood");
  if (ok)
    *head = head_of_copy(rows);
  db_rows_free(rows);
  return ok;
}

enum now_outcome now_overview(struct api *a, const struct request *q, struct buf *cards, cards_fn fn, void *arg, json_t **head,
                              struct err *e)
{
  struct err why;
  size_t begin = cards->len;
  char *line = ask_overview(a, q, &why);
  bool known = line && take_line(line, cards, fn, arg, head, &why);
  free(line);
  if (known) {
    json_set_text(*head, "source", "scheduler");
    return NOW_KNOWN;
  }
  cards->len = begin;
  if (!take_copy(a, q, cards, fn, arg, head, e))
    return silent(e, &why);
  json_t *gate;
  if (read_copy(a, q, gate_sql, NULL, &gate, &why))
    json_object_set_new(*head, "gate", gate);
  return NOW_KNOWN;
}

enum now_outcome now_checklist(struct api *a, const struct request *q, json_t **json, struct err *e)
{
  struct err why;
  bool known = ask_now(a, q, "checklist", NULL, json, &why) == ASK_ANSWERED;
  if (!known)
    json_decref(*json);
  if (!known && !read_copy(a, q, checklist_sql, NULL, json, e))
    return silent(e, &why);
  json_object_del(*json, "ok");
  json_set_text(*json, "source", known ? "scheduler" : "database");
  return NOW_KNOWN;
}

json_t *now_status(struct api *a, const struct request *q, struct err *e)
{
  json_t *answer;
  if (ask_now(a, q, "status", NULL, &answer, e) == ASK_ANSWERED)
    return answer;
  json_decref(answer);
  return NULL;
}

enum now_outcome now_service(struct api *a, const struct request *q, const char *name, json_t **json, struct err *e)
{
  struct err why;
  json_t *answer;
  enum ask_outcome outcome = ask_now(a, q, "service", name, &answer, &why);
  *json = NULL;
  if (outcome == ASK_ANSWERED)
    *json = json_incref(json_object_get(answer, "service"));
  bool unknown = outcome == ASK_REFUSED && strcmp(json_text_of(answer, "code", ""), "not_found") == 0;
  json_decref(answer);
  if (unknown)
    return NOW_UNKNOWN;
  const char *source = *json ? "scheduler" : "database";
  if (!*json && !read_copy(a, q, service_sql, name, json, e))
    return silent(e, &why);
  if (!*json)
    return NOW_UNKNOWN;
  json_set_text(*json, "source", source);
  return NOW_KNOWN;
}
