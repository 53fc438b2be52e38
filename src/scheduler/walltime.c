#include "scheduler/walltime.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "scheduler/alerts.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"

/** Both clocks are read again when the reading was interrupted for longer, microseconds. */
#define INTERRUPTED_US 10000
#define TRIES 5

/* Both clocks at one moment: the monotonic one before and after says how much of a moment it was. */
static int64_t read_both(int64_t *mono_us)
{
  int64_t wall_us = 0;
  for (int i = 0; i < TRIES; i++) {
    *mono_us = clock_mono_us();
    wall_us = clock_wall_us();
    if (clock_mono_us() - *mono_us < INTERRUPTED_US)
      break;
  }
  return wall_us;
}

static void note_move(struct scheduler *s, const struct clockset_move *m, int64_t wall_us)
{
  json_t *json = json_object();
  json_set_int(json, "by_us", m->by_us);
  json_set_int(json, "undoes_us", m->undoes_us);
  if (m->undoes_us)
    json_set_stamp(json, "undone_since", m->undone_since_us);
  char *body = json_line(json);
  journal_add(s->journal,
              &(struct entry){ .kind = ENTRY_NOTE, .service = "", .note = "clock", .body = body, .latency_ms = -1, .at_us = wall_us });
  free(body);
  json_decref(json);
}

int64_t walltime_now_us(struct scheduler *s)
{
  int64_t mono_us, wall_us = read_both(&mono_us);
  struct clockset_move m;
  if (!clockset_see(&s->clockset, wall_us, mono_us, &m))
    return wall_us;
  log_warn("clock_set", "by_s=%.3f instead=what_is_going_on_moves_with_it", (double)m.by_us / 1e6);
  for (struct service *service = s->services; service; service = service->hh.next)
    outcome_clock_set(s, service, m.by_us);
  alerts_clock_set(s, m.by_us);
  if (s->gatekeeper)
    gatekeeper_clock_set(s->gatekeeper, m.by_us);
  note_move(s, &m, wall_us);
  return wall_us;
}
