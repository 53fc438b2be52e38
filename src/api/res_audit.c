/* GET /admin/health/audit: who did what, newest first. The trail itself, and what keeps it whole, stands in migrations/. */
#include "api/page.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/sql.h"
#include "base/clock.h"

/* $1 actor, $2 action, $3 subject, $4 since, $5 until (each NULL: any), ($6, $7) the last row given out before, $8 how many. */
static const char audit_sql[] =
    "/* audit */ SELECT coalesce(json_agg(" SQL_AUDIT " ORDER BY id DESC) FILTER (WHERE n <= $8::int), '[]'), "
    "max(CASE WHEN n = $8::int AND total > $8::int THEN (extract(epoch FROM at) * 1000000)::bigint || '.' || id END) "
    "FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS n, count(*) OVER () AS total FROM (SELECT * FROM audit_log "
    "WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR subject = $3) "
    "AND ($4::timestamptz IS NULL OR at >= $4::timestamptz) AND ($5::timestamptz IS NULL OR at < $5::timestamptz) "
    "AND ($6::timestamptz = 'infinity' OR id < $7::bigint) ORDER BY id DESC LIMIT $8::int + 1) AS page) AS numbered";

static bool is_stamp(const struct parameter *p, struct response *r)
{
  int64_t us;
  if (!p->given || clock_parse(p->value, &us))
    return true;
  problem_answer(r, PROBLEM_BAD_REQUEST, p->name, "A moment is needed as RFC 3339 has it, such as 2026-11-24T12:00:00Z.");
  return false;
}

void res_audit(struct api *a, const struct request *q, struct response *r)
{
  enum { ACTOR, ACTION, SUBJECT, SINCE, UNTIL, LIMIT, CURSOR, COUNT };
  struct parameter p[COUNT] = { { "actor" }, { "action" }, { "subject" }, { "since" }, { "until" }, { "limit" }, { "cursor" } };
  struct page page;
  if (!page_read(q, p, COUNT, &p[LIMIT], &p[CURSOR], &page, r) || !is_stamp(&p[SINCE], r) || !is_stamp(&p[UNTIL], r))
    return;
  const char *params[8];
  for (size_t i = 0; i < LIMIT; i++)
    params[i] = p[i].given ? p[i].value : NULL;
  params[5] = page.at;
  params[6] = page.id;
  params[7] = page.limit;
  page_answer(a, q, audit_sql, params, ARRAY_LEN(params), "entries", r);
}
