#include "cli/rehearsal.h"

#include "base/mem.h"

#define STEP_US 1000000

void rehearsal_init(struct rehearsal *r, const struct declaration *d, const struct alert_config *config, int64_t no_data_ms,
                    const struct flap_rule *rule)
{
  *r = (struct rehearsal){ .declaration = d, .config = config, .no_data_ms = no_data_ms, .rule = d->own_flap ? d->flap : *rule };
}

void rehearsal_done(struct rehearsal *r)
{
  alert_done(&r->alert);
  free(r->told);
}

/* One clock does for both: nobody has set it while the past happened. */
static struct moment moment_at(int64_t us)
{
  return (struct moment){ .ms = us / 1000, .us = us };
}

static void note(struct rehearsal *r, enum alert_event event, enum status status)
{
  if ((r->count & (r->count + 1)) == 0) /* room is 1, 3, 7 ... */
    r->told = mem_resize(r->told, 2 * r->count + 1, sizeof *r->told);
  r->told[r->count++] = (struct rehearsed){ .at_us = r->at_us, .event = event, .status = status };
}

static void look(struct rehearsal *r)
{
  struct alert_decision decisions[ALERT_DECISIONS_MOST];
  struct moment now = moment_at(r->at_us);
  bool was = r->flapping;
  r->flapping = flap_is_on(&r->flap, &r->rule, was, now.ms);
  r->flaps += r->flapping && !was;
  struct alert_view view = { .config = r->config, .flapping = r->flapping, .no_data_ms = r->no_data_ms };
  view.prove_ms = r->declaration->every_ms * r->declaration->rise + r->declaration->timeout_ms;
  size_t n = alert_decide(&r->alert, &view, now, decisions);
  for (size_t i = 0; i < n; i++) {
    if (decisions[i].hold != HOLD_NOT)
      continue;
    note(r, decisions[i].event, alert_problem(&r->alert, &view));
    alert_commit(&r->alert, &decisions[i], &view, now);
  }
  if (alert_is_over(&r->alert, &view))
    alert_close(&r->alert);
}

/* Nothing can come of time alone where all is well. */
static bool is_quiet(const struct rehearsal *r)
{
  bool known = r->alert.status != STATUS_NO_DATA || r->alert.known == STATUS_NO_DATA;
  return !r->alert.incident && !r->flapping && known;
}

void rehearsal_until(struct rehearsal *r, int64_t now_us)
{
  while (!is_quiet(r) && r->at_us + STEP_US < now_us) {
    r->at_us += STEP_US;
    look(r);
  }
  r->at_us = now_us;
}

void rehearsal_take(struct rehearsal *r, const struct transition *t, int64_t now_us)
{
  rehearsal_until(r, now_us);
  flap_note(&r->flap, t->to, now_us / 1000);
  r->page += alert_transition(&r->alert, r->declaration->name, t->to, t->at_us, moment_at(now_us)) != ALERT_NOTHING;
  look(r);
}
