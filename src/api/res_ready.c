/* GET /health/ready: may generation begin? For anybody, nginx among them. It is the lease in Postgres that answers, which is what SQL's platform_ready()
 * says too: when Postgres cannot be asked, nothing is ready. Never cached: after the flag is down nobody is told otherwise.
 * `?in=header` says the same in a header too, for nginx's auth_request, which throws bodies away. */
#include "api/now.h"
#include "api/query.h"
#include "api/routes.h"
#include "base/db.h"
#include "base/json.h"
#include "base/log.h"

#define READY_MS 1500
/** When to ask again, seconds. */
#define RETRY_AFTER_S "5"

/** Bytes of a header; nginx reads 16 KiB of them at once. */
#define HEADER_SAYS_MOST 8000

/* The flag and what is said of it, from one look. */
static const char ready_sql[] = "/* ready */ SELECT said->>'ready', said FROM signalbox_ready_json() AS said";

/* What is wrong with Postgres in particular is for the log, not for anybody. */
static void answer_unknown(struct response *r)
{
  static const char reason[] = "Postgres cannot be asked";
  json_t *json = json_pack("{s:b, s:n, s:s, s:[{s:s, s:s, s:s}], s:[]}", "ready", 0, "since", "reason", reason, "blocking", "name",
                           "postgres", "title", "PostgreSQL", "error", reason, "overridden");
  response_json(r, json);
}

/* On one line, as headers are; JSON has line breaks between its values only. What is too long for what nginx reads at once is left out. */
static void say_in_header(struct response *r)
{
  char line[HEADER_SAYS_MOST + 1];
  if (r->body.len >= sizeof line)
    return;
  snprintf(line, sizeof line, "%s", buf_text(&r->body));
  for (char *c = line; *c; c++)
    if (*c == '\n' || *c == '\r')
      *c = ' ';
  response_header(r, "X-Signalbox-Ready", line);
}

void res_ready(struct api *a, const struct request *q, struct response *r)
{
  struct parameter in = { .name = "in" };
  const char *field;
  struct err e;
  /* Monitors may add what they like. */
  bool in_header = query_read(q->query, &in, 1, &field, &e) && strcmp(in.value, "header") == 0;
  struct db_rows *rows = db_query(a->db, ready_sql, NULL, 0, now_left_ms(q, READY_MS), &e);
  bool known = rows && db_rows_count(rows), ready = known && strcmp(db_rows_text(rows, 0, 0), "true") == 0;
  if (known) {
    r->content_type = "application/json";
    buf_add_text(&r->body, db_rows_text(rows, 0, 1));
  } else {
    if (!rows && *db_sqlstate(a->db))
      log_warn("ready_unknown", "sqlstate=%s why=%s instead=not_ready", db_sqlstate(a->db), LOG_QUOTE(e.text));
    answer_unknown(r);
  }
  db_rows_free(rows);
  if (in_header)
    say_in_header(r);
  if (ready)
    return;
  r->status = 503;
  response_header(r, "Retry-After", RETRY_AFTER_S);
}
