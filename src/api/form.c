#include "api/form.h"

#include <strings.h>

#include "api/problem.h"
#include "api/query.h"

static bool changes_something(const char *method)
{
  return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "OPTIONS") != 0;
}

/* Is "https://host:port" the host that was asked? The scheme is not compared: TLS may end before us. "null", which sandboxed frames send, is nobody's. */
static bool is_our_origin(const char *origin, const char *host)
{
  const char *scheme_end = strstr(origin, "://");
  return host && scheme_end && strcasecmp(scheme_end + 3, host) == 0;
}

static bool is_from_elsewhere(const struct request *q)
{
  if (q->fetch_site && strcmp(q->fetch_site, "same-origin") != 0)
    return true;
  return q->origin && !is_our_origin(q->origin, q->host);
}

/* application/json, whatever parameters follow. */
static bool is_json(const char *type)
{
  static const char json[] = "application/json";
  if (!type || strncasecmp(type, json, sizeof json - 1) != 0)
    return false;
  type += sizeof json - 1;
  type += strspn(type, " \t");
  return !*type || *type == ';';
}

bool form_is_right(const struct request *q, struct response *r)
{
  if (!changes_something(q->method))
    return true;
  if (is_from_elsewhere(q)) {
    problem_answer(r, PROBLEM_FOREIGN, NULL, "A page of another origin may not change anything here.");
    return false;
  }
  if (!is_json(q->content_type)) {
    problem_answer(r, PROBLEM_UNSUPPORTED_TYPE, NULL,
                   "What changes something is sent with Content-Type: application/json, also without a body.");
    response_header(r, "Accept", "application/json");
    return false;
  }
  return form_has_no_query(q, r); /* what is meant stands in the body: nothing beside it passes silently */
}

bool form_has_no_query(const struct request *q, struct response *r)
{
  const char *field;
  struct err e;
  if (query_read(q->query, NULL, 0, &field, &e))
    return true;
  problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
  return false;
}

bool form_wants_events(const struct request *q, struct response *r)
{
  if (q->accept && strstr(q->accept, "text/event-stream"))
    return true;
  problem_answer(r, PROBLEM_NOT_ACCEPTABLE, NULL, "Events without end are sent to whoever asks with Accept: text/event-stream.");
  return false;
}
