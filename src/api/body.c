#include "api/body.h"

#include "api/problem.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

/** The year 10000, microseconds: Postgres and RFC 3339 both end before it. */
#define STAMP_END_US ((int64_t)253402300800 * 1000000)

static bool is_plain(const char *text)
{
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
      return false;
  return true;
}

static bool fits_length(const struct member *m, size_t length, const char *unit, struct err *e)
{
  int64_t most = m->most ? m->most : MEMBER_MOST, n = (int64_t)length;
  if (n >= m->least && n <= most)
    return true;
  return m->least ? err_set(e, "between %" PRId64 " and %" PRId64 " %s are right, not %" PRId64, m->least, most, unit, n)
                  : err_set(e, "at most %" PRId64 " %s are right, not %" PRId64, most, unit, n);
}

static bool fits_bounds(const struct member *m, double value, struct err *e)
{
  if ((!m->least && !m->most) || (value >= (double)m->least && value <= (double)m->most))
    return true;
  return err_set(e, "a number between %" PRId64 " and %" PRId64 " is right", m->least, m->most);
}

static bool take_text(struct member *m, struct err *e)
{
  m->text = json_string_value(m->value);
  if (!m->text)
    return err_set(e, "a text is right");
  return (is_plain(m->text) || err_set(e, "control characters are not allowed")) && fits_length(m, strlen(m->text), "bytes", e);
}

static bool take_stamp(struct member *m, struct err *e)
{
  m->text = json_string_value(m->value);
  return (m->text && clock_parse(m->text, &m->number) && m->number >= 0 && m->number < STAMP_END_US) ||
         err_set(e, "an RFC 3339 stamp is right, such as \"2026-08-22T10:00:00Z\"");
}

/* m->value is there. */
static bool take(struct member *m, struct err *e)
{
  switch (m->kind) {
  case MEMBER_TEXT: return take_text(m, e);
  case MEMBER_STAMP: return take_stamp(m, e);
  case MEMBER_INT:
    m->number = json_integer_value(m->value);
    m->real = (double)m->number;
    return (json_is_integer(m->value) || err_set(e, "a whole number is right")) && fits_bounds(m, m->real, e);
  case MEMBER_REAL:
    m->real = json_number_value(m->value);
    return (json_is_number(m->value) || err_set(e, "a number is right")) && fits_bounds(m, m->real, e);
  case MEMBER_BOOL: m->truth = json_is_true(m->value); return json_is_boolean(m->value) || err_set(e, "true or false is right");
  case MEMBER_LIST:
    return (json_is_array(m->value) || err_set(e, "a list is right")) && fits_length(m, json_array_size(m->value), "items", e);
  case MEMBER_OBJECT: return json_is_object(m->value) || err_set(e, "an object is right");
  }
  return false;
}

static bool read_member(struct member *m, const json_t *object, struct err *e)
{
  const json_t *value = json_object_get(object, m->name);
  m->given = value != NULL;
  m->value = json_is_null(value) ? NULL : value;
  m->text = NULL;
  m->number = 0;
  m->real = 0;
  m->truth = false;
  if (m->value)
    return take(m, e);
  if (m->given)
    return m->nullable || err_set(e, "null is not allowed here; leave it out instead");
  return !m->required || err_set(e, "it is needed");
}

/* The first member of the object that no row knows, NULL when there is none. */
static const char *first_unknown(const json_t *object, const struct member *known, size_t n)
{
  const char *name;
  const json_t *value;
  json_object_foreach((json_t *)object, name, value) {
    size_t i = 0;
    while (i < n && strcmp(known[i].name, name) != 0)
      i++;
    if (i == n)
      return name;
  }
  return NULL;
}

static void refuse(struct response *r, const char *where, const char *name, const char *what)
{
  char *field = mem_printf("%s%s%s", where, *where ? "." : "", name);
  problem_answer(r, PROBLEM_INVALID, field, "%s: %s.", field, what);
  free(field);
}

static void refuse_unknown(struct response *r, const char *where, const char *name, const struct member *known, size_t n)
{
  struct buf what;
  buf_init(&what, 1000);
  buf_add_text(&what, n ? "there is no such member; known:" : "there is no such member");
  for (size_t i = 0; i < n; i++)
    buf_printf(&what, "%s %s", i ? "," : "", known[i].name);
  refuse(r, where, name, buf_text(&what));
  buf_done(&what);
}

bool body_read_object(const json_t *object, const char *where, struct member *known, size_t n, struct response *r)
{
  const char *unknown = first_unknown(object, known, n);
  if (unknown) {
    refuse_unknown(r, where, unknown, known, n);
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    struct err e;
    if (!read_member(&known[i], object, &e)) {
      refuse(r, where, known[i].name, e.text);
      return false;
    }
  }
  return true;
}

json_t *body_read(const struct request *q, struct member *known, size_t n, struct response *r)
{
  struct err e;
  json_t *body = q->body_len ? json_read(q->body, q->body_len, &e) : json_object();
  if (!body) {
    problem_answer(r, PROBLEM_BAD_REQUEST, NULL, "The body: %s.", e.text);
    return NULL;
  }
  if (!json_is_object(body)) {
    problem_answer(r, PROBLEM_INVALID, NULL, "The body is one JSON object.");
  } else if (body_read_object(body, "", known, n, r)) {
    return body;
  }
  json_decref(body);
  return NULL;
}
