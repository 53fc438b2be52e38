#include "api/api.h"

#include "api/access.h"
#include "api/form.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/unheard.h"
#include "api/uptimes.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/mem.h"

struct api *api_new(const struct api_options *o)
{
  struct api *a = MEM_NEW(struct api);
  a->ask = ask_new(o->control);
  a->db = db_open(o->database);
  a->who = who_new(&o->who);
  a->uptimes = uptimes_new();
  a->unheard = unheard_new(o->audit_spool);
  return a;
}

void api_free(struct api *a)
{
  if (!a)
    return;
  unheard_free(a->unheard);
  uptimes_free(a->uptimes);
  who_free(a->who);
  db_close(a->db);
  ask_free(a->ask);
  free(a);
}

/* Does the page ask, which has a form of its own? Browsers say that it comes from here, and those that do not say so send the page's own header. */
static bool is_from_page(const struct request *q)
{
  if (q->requested_with && strcmp(q->requested_with, "signalbox") == 0)
    return true;
  return q->fetch_site && strcmp(q->fetch_site, "same-origin") == 0;
}

/* Without the challenge no browser puts its own window before the page's form. */
void api_challenge(const struct request *q, struct response *r, const char *detail)
{
  problem_answer(r, PROBLEM_UNAUTHORIZED, NULL, "%s", detail);
  if (!is_from_page(q))
    response_header(r, "WWW-Authenticate", "Basic realm=\"Signalbox\", charset=\"UTF-8\"");
}

/* Has whoever asks the right that the row demands? Else the response says so. */
static bool may(struct api *a, const struct route *route, struct request *q, struct response *r)
{
  if (route->needs == ROLE_NOBODY)
    return true;
  enum who_verdict verdict = who_is(a->who, q, clock_mono_ms(), clock_wall_us());
  if (verdict == WHO_KNOWN && q->role >= route->needs)
    return true;
  access_tell_refused(a, q, verdict);
  if (verdict == WHO_SLOW)
    problem_answer_wait(r, q->wait_ms, "Too many log-ins failed.");
  else if (verdict == WHO_KNOWN)
    problem_answer(r, PROBLEM_FORBIDDEN, NULL, "%s has %s%s; this needs the role %s.", q->user, q->role ? "the role " : "no role",
                   q->role ? role_name(q->role) : "", role_name(route->needs));
  else if (verdict == WHO_NOBODY)
    api_challenge(q, r, "Log in by POST /admin/session, or send HTTP Basic credentials or a token.");
  else
    api_challenge(q, r, q->authorization ? "The name, the password or the token is wrong." : "The session is over: log in again.");
  return false;
}

static void answer_no_method(const struct request *q, const struct route_match *match, struct response *r)
{
  if (strcmp(q->method, "OPTIONS") == 0)
    r->status = 204;
  else
    problem_answer(r, PROBLEM_METHOD_NOT_ALLOWED, NULL, "This can be asked with %s.", match->allow);
  response_header(r, "Allow", match->allow);
}

/* The tag of what is answered, and nothing more for a client that has the same already (RFC 9110, 13.1.2: tags are compared weakly, by what is
 * between the quotes). */
static void tag(const struct request *q, struct response *r)
{
  char etag[sizeof r->etag];
  if (r->status != 200 || !*r->etag)
    return;
  memcpy(etag, r->etag, sizeof etag);
  if (q->if_none_match && (strstr(q->if_none_match, etag + strlen("W/")) || strcmp(q->if_none_match, "*") == 0)) {
    const char *cache_control = r->cache_control;
    response_reset(r);
    r->status = 304;
    r->cache_control = cache_control;
  }
  response_header(r, "ETag", etag);
}

void api_answer(struct api *a, struct request *q, struct response *r)
{
  struct route_match match;
  struct err e;
  switch (router_find(routes, routes_count, q->method, q->path, q->params, &match, &e)) {
  case ROUTE_MALFORMED: problem_answer(r, PROBLEM_BAD_REQUEST, NULL, "%s", e.text); break;
  case ROUTE_UNKNOWN: problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no such address here."); break;
  case ROUTE_NO_METHOD:
    if (may(a, match.route, q, r))
      answer_no_method(q, &match, r);
    break;
  case ROUTE_FOUND:
    if (may(a, match.route, q, r) && form_is_right(q, r))
      match.route->fn(a, q, r);
    break;
  }
  if (r->body.full)
    problem_answer(r, PROBLEM_BAD_REQUEST, NULL, "The answer would be larger than %zu MiB; ask for less at once.",
                   RESPONSE_BODY_CAP / 1024 / 1024);
  tag(q, r);
}
