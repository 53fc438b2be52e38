#include "api/access.h"

#include "api/unheard.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

/** How long the scheduler may take; if it takes longer it is not told for a while, milliseconds. */
#define TELL_MS 250
#define SILENCE_MS 5000

/* Has the scheduler taken it? */
static bool tell_scheduler(struct api *a, const char *what, const char *user, const char *from, struct err *e)
{
  json_t *answer = NULL, *request;
  int64_t began_ms = clock_mono_ms(), now_ms;
  if (began_ms < a->silent_until_ms)
    return err_set(e, "it did not answer a moment ago");
  request = ask_request("access", NULL);
  json_set_text(request, "what", what);
  if (user)
    json_set_text(request, "user", user);
  json_set_text(request, "from", from);
  enum ask_outcome outcome = ask(a->ask, request, TELL_MS, &answer, e);
  json_decref(request);
  json_decref(answer);
  now_ms = clock_mono_ms();
  if (outcome == ASK_SILENT && now_ms - began_ms >= TELL_MS)
    a->silent_until_ms = now_ms + SILENCE_MS;
  return outcome == ASK_ANSWERED;
}

void access_tell(struct api *a, const struct request *q, const char *what, const char *user)
{
  struct err e, worse;
  if (tell_scheduler(a, what, user, q->remote_address, &e))
    unheard_over(a->unheard);
  else if (!unheard_add(a->unheard, what, user, q->remote_address, &worse))
    log_warn("audit_lost", "action=%s user=%s address=%s why=%s worse=%s instead=this_line_is_all_there_is", what,
             LOG_QUOTE(user ? user : ""), LOG_QUOTE(q->remote_address), LOG_QUOTE(e.text), LOG_QUOTE(worse.text));
}

void access_tell_refused(struct api *a, const struct request *q, enum who_verdict verdict)
{
  static const char *const whats[] = { [HOW_BASIC] = "login_refused", [HOW_TOKEN] = "token_refused", [HOW_SESSION] = "session_refused" };
  if (verdict == WHO_WRONG && q->tried < ARRAY_LEN(whats) && whats[q->tried])
    access_tell(a, q, whats[q->tried], q->tried_user);
}
