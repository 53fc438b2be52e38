#include "core/rescue.h"

void rescue_begin(struct rescue *r, int64_t now_ms)
{
  *r = (struct rescue){ .began_ms = now_ms, .done_ms = now_ms, .deadline_ms = RESCUE_DEADLINE_MS };
}

void rescue_watch(struct rescue *r, int64_t now_ms, int64_t deadline_ms)
{
  r->deadline_ms = deadline_ms;
  r->done_ms = now_ms;
}

enum rescue_verdict rescue_look(const struct rescue *r, int64_t now_ms)
{
  return now_ms - r->done_ms >= r->deadline_ms ? RESCUE_DID_NOT_HELP : RESCUE_WATCHING;
}

enum rescue_verdict rescue_result(struct rescue *r, enum status status, int64_t now_ms)
{
  if (status != STATUS_HEALTHY)
    r->first_good_ms = 0;
  else if (!r->first_good_ms)
    r->first_good_ms = now_ms;
  else if (now_ms - r->first_good_ms >= RESCUE_STEADY_MS)
    return RESCUE_HELPED;
  return rescue_look(r, now_ms);
}

int64_t rescue_took_ms(const struct rescue *r)
{
  return r->first_good_ms - r->began_ms;
}
