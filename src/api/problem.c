#include "api/problem.h"

#include "base/json.h"
#include "base/mem.h"

/** When a client may come again after an "unavailable", seconds. */
#define RETRY_AFTER_S "5"

static const struct {
  int status;
  const char *type, *title;
} problems[] = {
  [PROBLEM_BAD_REQUEST] = { 400, "bad-request", "The request is not understood" },
  [PROBLEM_UNAUTHORIZED] = { 401, "unauthorized", "Log in first" },
  [PROBLEM_FORBIDDEN] = { 403, "forbidden", "Your role does not allow this" },
  [PROBLEM_FOREIGN] = { 403, "cross-origin", "A page of another origin asks" },
  [PROBLEM_NOT_FOUND] = { 404, "not-found", "There is no such thing" },
  [PROBLEM_METHOD_NOT_ALLOWED] = { 405, "method-not-allowed", "That cannot be done here" },
  [PROBLEM_NOT_ACCEPTABLE] = { 406, "not-acceptable", "It cannot be sent as that" },
  [PROBLEM_CONFLICT] = { 409, "conflict", "It contradicts what is there" },
  [PROBLEM_PRECONDITION] = { 412, "precondition-failed", "It has changed meanwhile" },
  [PROBLEM_TOO_LARGE] = { 413, "too-large", "That is too much at once" },
  [PROBLEM_UNSUPPORTED_TYPE] = { 415, "unsupported-media-type", "Only JSON is understood" },
  [PROBLEM_INVALID] = { 422, "invalid", "A field is not right" },
  [PROBLEM_TOO_MANY] = { 429, "too-many-requests", "Too many at once" },
  [PROBLEM_INTERNAL] = { 500, "internal", "Something is wrong on our side" },
  [PROBLEM_UNAVAILABLE] = { 503, "unavailable", "Not available just now" },
};

void problem_answer(struct response *r, enum problem problem, const char *field, const char *format, ...)
{
  char detail[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(detail, sizeof detail, format, args);
  va_end(args);

  char *type = mem_printf("/problems/%s", problems[problem].type);
  json_t *json = json_object();
  json_set_text(json, "type", type);
  json_set_text(json, "title", problems[problem].title);
  json_set_int(json, "status", problems[problem].status);
  json_set_text(json, "detail", detail);
  if (field)
    json_set_text(json, "field", field);
  free(type);

  response_reset(r);
  r->status = problems[problem].status;
  response_json(r, json);
  r->content_type = "application/problem+json";
  if (problem == PROBLEM_UNAVAILABLE)
    response_header(r, "Retry-After", RETRY_AFTER_S);
}

void problem_answer_wait(struct response *r, int64_t wait_ms, const char *why)
{
  char seconds[24];
  snprintf(seconds, sizeof seconds, "%" PRId64, (wait_ms + 999) / 1000);
  problem_answer(r, PROBLEM_TOO_MANY, NULL, "%s Another may come in %s s.", why, seconds);
  response_header(r, "Retry-After", seconds);
}

/* By class (two letters) or by the whole code; the first row that fits counts. */
static const struct {
  const char *sqlstate;
  enum problem problem;
} meanings[] = {
  { "08", PROBLEM_UNAVAILABLE },    /* connection lost */
  { "53", PROBLEM_UNAVAILABLE },    /* out of connections, memory or disk */
  { "57", PROBLEM_UNAVAILABLE },    /* cancelled, shutting down, starting up */
  { "25006", PROBLEM_UNAVAILABLE }, /* read-only: a standby */
  { "40", PROBLEM_UNAVAILABLE },    /* deadlock, serialisation: again, please */
  { "55P03", PROBLEM_UNAVAILABLE }, /* lock not available */
  { "28", PROBLEM_UNAVAILABLE },    /* our role is refused: the installation's fault, but history is what is missing */
  { "3D000", PROBLEM_UNAVAILABLE }, /* no such database yet */
  { "42P01", PROBLEM_UNAVAILABLE }, /* no such table: not migrated yet */
  { "42703", PROBLEM_UNAVAILABLE }, /* no such column: an older schema */
  { "22", PROBLEM_BAD_REQUEST },    /* a value out of range */
  { "23", PROBLEM_CONFLICT },       /* a constraint */
};

enum problem problem_of_sqlstate(const char *sqlstate)
{
  if (!*sqlstate)
    return PROBLEM_UNAVAILABLE;
  for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
    if (strncmp(sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate)) == 0)
      return meanings[i].problem;
  return PROBLEM_INTERNAL;
}
