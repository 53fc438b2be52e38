#include "api/page.h"

#include "api/now.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "base/options.h"

#define QUERY_MS 1500

/* "<microseconds>.<id>" */
static bool read_cursor(const char *text, struct page *p)
{
  char *end;
  long long us = strtoll(text, &end, 10);
  size_t n = end > text && *end == '.' ? strlen(end + 1) : 0;
  if (us <= 0 || us > INT64_C(253402300799000000) || !n || n >= sizeof p->id ||
      strspn(end + 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") != n)
    return false;
  clock_format(us, p->at);
  memcpy(p->id, end + 1, n + 1);
  return true;
}

bool page_read(const struct request *q, struct parameter *known, size_t n, const struct parameter *limit, const struct parameter *cursor,
               struct page *p, struct response *r)
{
  struct err e;
  const char *field;
  int64_t number = PAGE_DEFAULT;
  *p = (struct page){ .at = "infinity", .id = "0" };
  if (!query_read(q->query, known, n, &field, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return false;
  }
  if (limit->given && !options_number("limit", limit->value, 1, PAGE_MOST, &number, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, "limit", "%s", e.text);
    return false;
  }
  if (cursor->given && !read_cursor(cursor->value, p)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, "cursor", "A cursor is the next_cursor of the page before, as it came.");
    return false;
  }
  snprintf(p->limit, sizeof p->limit, "%d", (int)number);
  return true;
}

void page_answer(struct api *a, const struct request *q, const char *sql, const char *const *params, size_t n, const char *name,
                 struct response *r)
{
  struct err e;
  struct db_rows *rows = db_query(a->db, sql, params, n, now_left_ms(q, QUERY_MS), &e);
  if (!rows) {
    problem_answer(r, problem_of_sqlstate(db_sqlstate(a->db)), NULL, "%s", e.text);
    return;
  }
  json_t *json = json_object();
  json_set_text(json, "next_cursor", db_rows_text(rows, 0, 1));
  response_begin(r, json);
  response_member(r, name, db_rows_text(rows, 0, 0));
  response_end(r);
  db_rows_free(rows);
}
