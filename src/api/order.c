#include "api/order.h"

#include "api/problem.h"
#include "base/ask.h"
#include "base/json.h"

/** Whoever does too much at once is told to come again after this, milliseconds. */
#define WAIT_MS 60000

/* What the scheduler's refusals (their "code") are to a client. */
static const struct {
  const char *code;
  enum problem problem;
  const char *field;
} refusals[] = {
  { "not_found", PROBLEM_NOT_FOUND, NULL },
  { "not_declared", PROBLEM_CONFLICT, NULL },
  { "busy", PROBLEM_CONFLICT, NULL },
  { "conflict", PROBLEM_CONFLICT, "idempotency_key" },
  { "unconfirmed", PROBLEM_INVALID, "confirm" },
  { "unforced", PROBLEM_CONFLICT, "force" },
  { "bad_request", PROBLEM_BAD_REQUEST, NULL },
  { "well", PROBLEM_CONFLICT, NULL },
  { "bad_until", PROBLEM_INVALID, "until" },
  { "bad_channels", PROBLEM_INVALID, "channels" },
  { "failed", PROBLEM_UNAVAILABLE, NULL },
};

/* "reason: 10 to 500 characters" is about the member "reason". */
static const char *member_of(const char *sentence, char member[64])
{
  size_t n = strspn(sentence, "abcdefghijklmnopqrstuvwxyz_");
  if (!n || n >= 64 || strncmp(sentence + n, ": ", 2) != 0)
    return NULL;
  memcpy(member, sentence, n);
  member[n] = '\0';
  return member;
}

static void refuse(struct response *r, const json_t *answer, const char *why)
{
  const char *code = json_text_of(answer, "code", "");
  char member[64];
  if (strcmp(code, "rate_limited") == 0) {
    problem_answer_wait(r, WAIT_MS, why);
    return;
  }
  if (strcmp(code, "invalid") == 0) {
    problem_answer(r, PROBLEM_INVALID, member_of(why, member), "%s", why);
    return;
  }
  for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
    if (strcmp(code, refusals[i].code) == 0) {
      problem_answer(r, refusals[i].problem, refusals[i].field, "%s", why);
      return;
    }
  }
  problem_answer(r, PROBLEM_INTERNAL, NULL, "%s", why);
}

json_t *order_put(struct api *a, const struct request *q, json_t *request, int64_t timeout_ms, struct response *r)
{
  struct err e;
  json_t *answer;
  json_set_text(request, "actor", q->user);
  json_set_text(request, "from", q->remote_address);
  enum ask_outcome outcome = ask(a->ask, request, timeout_ms, &answer, &e);
  json_decref(request);
  if (outcome == ASK_ANSWERED)
    return answer;
  if (outcome == ASK_REFUSED)
    refuse(r, answer, e.text);
  else
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "Only the scheduler can do this, and it does not answer: %s", e.text);
  json_decref(answer);
  return NULL;
}
