#include "api/access.h"

#include "base/ask.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

/** How long the scheduler may take; if it takes longer it is not told for a while, milliseconds. */
#define TELL_MS 250
#define SILENCE_MS 5000

void access_tell(struct api *a, const struct request *q, const char *what, const char *user)
{
  struct err e = { .text = "it did not answer a moment ago" };
  json_t *answer = NULL;
  enum ask_outcome outcome = ASK_SILENT;
  int64_t began_ms = clock_mono_ms();
  if (began_ms >= a->silent_until_ms) {
    json_t *request = ask_request("access", NULL);
    json_set_text(request, "what", what);
    if (user)
      json_set_text(request, "user", user);
    json_set_text(request, "from", q->remote_address);
    outcome = ask(a->ask, request, TELL_MS, &answer, &e);
    json_decref(request);
    json_decref(answer);
    int64_t now_ms = clock_mono_ms();
    if (outcome == ASK_SILENT && now_ms - began_ms >= TELL_MS)
      a->silent_until_ms = now_ms + SILENCE_MS;
  }
  if (outcome != ASK_ANSWERED)
    log_warn("audit_lost", "action=%s user=%s address=%s why=%s instead=this_line_is_all_there_is", what, LOG_QUOTE(user ? user : ""),
             LOG_QUOTE(q->remote_address), LOG_QUOTE(e.text));
}

void access_tell_refused(struct api *a, const struct request *q, enum who_verdict verdict)
{
  static const char *const whats[] = { [HOW_BASIC] = "login_refused", [HOW_TOKEN] = "token_refused", [HOW_SESSION] = "session_refused" };
  if (verdict == WHO_WRONG && q->tried < ARRAY_LEN(whats) && whats[q->tried])
    access_tell(a, q, whats[q->tried], q->tried_user);
}
