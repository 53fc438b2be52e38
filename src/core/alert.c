#include "core/alert.h"

#include "base/mem.h"

/** A parent that may be about to be found down is waited for, at most, milliseconds. */
#define PARENT_WAIT_MS 15000
/** Targets that one incident remembers. */
#define TOLD_MOST 64

static const char *const event_names[] = { NULL, "drill", "summary", "recovered", "acknowledged", "better", "reminder", "worse", "raised" };

const char *alert_event_name(enum alert_event event)
{
  return event_names[event];
}

static bool is_bad(enum status s)
{
  return s == STATUS_DEGRADED || s == STATUS_DOWN;
}

/* From well to worst; not knowing comes before being known to be bad. */
static int rank(enum status s)
{
  return s == STATUS_HEALTHY ? 0 : s == STATUS_NO_DATA ? 1 : (int)s;
}

static enum status worse_of(enum status a, enum status b)
{
  return rank(a) > rank(b) ? a : b;
}

/* ---- what happens ---- */

static void begin(struct alert *a, const char *service, int64_t at_us, struct moment now, int64_t began_ms)
{
  if (!a->incident)
    a->incident = mem_printf("%s:%" PRIx64, service, (uint64_t)now.us);
  a->began_us = at_us;
  a->began_ms = began_ms;
  a->ended_us = 0;
  a->worst = a->status;
}

enum alert_event alert_transition(struct alert *a, const char *service, enum status to, int64_t at_us, struct moment now)
{
  enum status from = a->status, known = a->known;
  int64_t age_ms = at_us < now.us ? (now.us - at_us) / 1000 : 0;
  a->status = to;
  a->since_us = at_us;
  if (to == STATUS_NO_DATA) {
    a->unknown_ms = now.ms;
    if (!a->incident && from != STATUS_NO_DATA) {
      a->before = from;
      begin(a, service, now.us, now, now.ms);
    }
    return ALERT_NOTHING;
  }
  a->known = to;
  if (to == STATUS_HEALTHY) {
    a->ended_us = a->incident ? at_us : 0;
    return is_bad(known) ? ALERT_RECOVERED : ALERT_NOTHING;
  }
  if (!a->incident)
    a->before = from;
  /* Its time counts from when it was known not to be well, not from when the knowledge went. */
  if (!a->incident || (!is_bad(known) && !a->told && !a->ended_us))
    begin(a, service, at_us, now, now.ms - age_ms);
  a->ended_us = 0;
  a->worst = worse_of(a->worst, to);
  if (!is_bad(known))
    return ALERT_RAISED;
  return rank(to) > rank(known) ? ALERT_WORSE : rank(to) < rank(known) ? ALERT_BETTER : ALERT_NOTHING;
}

static void drop_ack(struct alert *a)
{
  free(a->ack.by);
  free(a->ack.note);
  a->ack = (struct alert_ack){ 0 };
  for (struct alert_told *t = a->told; t; t = t->next)
    t->acked = false;
}

bool alert_acknowledge(struct alert *a, const char *by, const char *note, int64_t until_us, struct moment now)
{
  if (!a->incident || (a->status == STATUS_HEALTHY && !a->told))
    return false;
  if (!by && !a->ack.by)
    return false;
  drop_ack(a);
  if (by)
    a->ack = (struct alert_ack){ .by = mem_copy_text(by), .note = mem_copy_text(note), .at_us = now.us, .until_us = until_us };
  return true;
}

/* ---- what is true ---- */

enum status alert_problem(const struct alert *a, const struct alert_view *v)
{
  if (!a->incident || a->gone)
    return STATUS_HEALTHY;
  if (v->flapping)
    return worse_of(a->worst, STATUS_DEGRADED);
  if (a->status == STATUS_NO_DATA && is_bad(a->known))
    return a->known;
  return a->status;
}

enum alert_hold alert_held(const struct alert *a, const struct alert_view *v)
{
  if (!v->config->enabled)
    return HOLD_OFF;
  if (a->ack.by)
    return HOLD_ACKNOWLEDGED;
  if (v->maintenance)
    return HOLD_MAINTENANCE;
  return v->parent ? HOLD_PARENT : HOLD_NOT;
}

static bool is_due(const struct alert *a, const struct alert_view *v, int64_t now_ms)
{
  int64_t due_ms = a->began_ms + v->config->delay_ms;
  if (a->status == STATUS_NO_DATA && !v->flapping && due_ms < a->unknown_ms + v->no_data_ms)
    due_ms = a->unknown_ms + v->no_data_ms;
  if (!v->parent && due_ms < a->not_before_ms)
    due_ms = a->not_before_ms;
  return now_ms >= due_ms && !(v->parent_wavers && now_ms < due_ms + PARENT_WAIT_MS);
}

/* ---- who was told ---- */

static void free_told(struct alert_told *t)
{
  free(t->target.channel);
  free(t->target.url);
  free(t->reference);
  free(t);
}

static struct alert_told *add_told(struct alert *a, const struct alert_target *target)
{
  struct alert_told *t = MEM_NEW(struct alert_told), **last = &a->told;
  t->target.channel = mem_copy_text(target->channel);
  t->target.url = mem_copy_text(target->url);
  while (*last)
    last = &(*last)->next;
  *last = t;
  return t;
}

static void remove_told(struct alert *a, struct alert_told *t)
{
  struct alert_told **link = &a->told;
  while (*link != t)
    link = &(*link)->next;
  *link = t->next;
  free_told(t);
}

/* A configuration that changes with every message: the oldest are let go. */
static void trim_told(struct alert *a)
{
  size_t count = 0;
  for (const struct alert_told *t = a->told; t; t = t->next)
    count++;
  for (; count > TOLD_MOST; count--)
    remove_told(a, a->told);
}

/* ---- what is to be said ---- */

static bool same_url(const char *a, const char *b)
{
  return a && b ? strcmp(a, b) == 0 : a == b;
}

struct alert_told *alert_find_told(const struct alert *a, const struct alert_target *target)
{
  for (struct alert_told *t = a->told; t; t = t->next)
    if (strcmp(t->target.channel, target->channel) == 0 && same_url(t->target.url, target->url))
      return t;
  return NULL;
}

static enum alert_event event_for(const struct alert *a, const struct alert_view *v, const struct alert_told *t, struct moment now)
{
  enum status problem = alert_problem(a, v);
  if (!t)
    return problem != STATUS_HEALTHY && is_due(a, v, now.ms) ? ALERT_RAISED : ALERT_NOTHING;
  if (problem == STATUS_HEALTHY)
    return ALERT_RECOVERED;
  if (rank(problem) != rank(t->status))
    return rank(problem) > rank(t->status) ? ALERT_WORSE : ALERT_BETTER;
  if (t->remind || (v->config->reminder_ms && now.ms - t->ms >= v->config->reminder_ms))
    return ALERT_REMINDER;
  return ALERT_NOTHING;
}

/* What is held back is recorded once an incident for each reason. */
static uint64_t noted_bit(enum alert_hold hold, enum alert_event event)
{
  return event == ALERT_REMINDER ? 0 : UINT64_C(1) << ((unsigned)hold * 10 + (unsigned)event);
}

static size_t decide_one(struct alert *a, const struct alert_view *v, struct moment now, const struct alert_target *target,
                         struct alert_told *t, uint64_t *noted, struct alert_decision *out)
{
  enum alert_hold hold = alert_held(a, v);
  enum alert_event event = event_for(a, v, t, now);
  if (t && !t->acked && hold == HOLD_ACKNOWLEDGED && event != ALERT_RECOVERED)
    event = ALERT_ACKNOWLEDGED; /* that it is worse meanwhile, they see in it */
  bool always = event == ALERT_RECOVERED || event == ALERT_ACKNOWLEDGED;
  if (t && !always && (hold == HOLD_ACKNOWLEDGED || hold == HOLD_MAINTENANCE))
    t->remind = true;
  if (event == ALERT_NOTHING)
    return 0;
  if (always)
    hold = HOLD_NOT;
  if (hold == HOLD_MAINTENANCE && event == ALERT_RAISED)
    a->would_be_told = true;
  if (hold != HOLD_NOT) {
    uint64_t bit = noted_bit(hold, event) & ~a->noted;
    if (!bit)
      return 0;
    *noted |= bit;
  }
  *out = (struct alert_decision){ .event = event, .hold = hold, .target = target, .told = t };
  return 1;
}

static size_t decide_summary(struct alert *a, const struct alert_view *v, struct alert_decision *out)
{
  size_t n = v->config->enabled ? v->config->target_count : 0;
  for (size_t i = 0; i < n; i++)
    out[i] = (struct alert_decision){ .event = ALERT_SUMMARY, .target = &v->config->targets[i] };
  if (!n)
    a->missed = (struct alert_missed){ 0 };
  return n;
}

size_t alert_decide(struct alert *a, const struct alert_view *v, struct moment now, struct alert_decision out[ALERT_DECISIONS_MOST])
{
  size_t n = 0;
  uint64_t noted = 0;
  if (a->ack.until_us && now.us >= a->ack.until_us)
    drop_ack(a);
  trim_told(a);
  if (v->blind && a->status == STATUS_NO_DATA)
    a->unknown_ms = now.ms;
  if (a->missed.count && !v->maintenance)
    n += decide_summary(a, v, out);
  if (!a->incident)
    return n;
  if (v->parent)
    a->not_before_ms = now.ms + v->prove_ms;
  for (size_t i = 0; i < v->config->target_count; i++) {
    const struct alert_target *target = &v->config->targets[i];
    n += decide_one(a, v, now, target, alert_find_told(a, target), &noted, &out[n]);
  }
  /* Those who are told no longer by configuration hear the end of what they heard the beginning of. */
  for (struct alert_told *t = a->told; t && n < ALERT_DECISIONS_MOST; t = t->next) {
    bool listed = false;
    for (size_t i = 0; i < v->config->target_count; i++)
      listed = listed || alert_find_told(a, &v->config->targets[i]) == t;
    if (!listed && alert_problem(a, v) == STATUS_HEALTHY)
      out[n++] = (struct alert_decision){ .event = ALERT_RECOVERED, .target = &t->target, .told = t };
  }
  a->noted |= noted;
  return n;
}

void alert_commit(struct alert *a, const struct alert_decision *d, const struct alert_view *v, struct moment now)
{
  struct alert_told *t = d->told;
  if (d->event == ALERT_SUMMARY) {
    a->missed = (struct alert_missed){ 0 };
    return;
  }
  if (d->event == ALERT_RECOVERED) {
    remove_told(a, t);
    a->was_told = true;
    return;
  }
  if (!t)
    t = add_told(a, d->target);
  t->status = alert_problem(a, v);
  t->ms = now.ms;
  t->acked = d->event == ALERT_ACKNOWLEDGED;
  if (d->event != ALERT_ACKNOWLEDGED)
    t->remind = false;
}

void alert_clock_set(struct alert *a, int64_t by_us)
{
  int64_t *const stamps[] = { &a->since_us, &a->began_us, &a->ended_us, &a->ack.at_us, &a->missed.began_us, &a->missed.ended_us };
  for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
    if (*stamps[i])
      *stamps[i] += by_us;
}

bool alert_is_over(const struct alert *a, const struct alert_view *v)
{
  return a->incident && !a->told && alert_problem(a, v) == STATUS_HEALTHY;
}

static void remember_missed(struct alert *a)
{
  struct alert_missed *m = &a->missed;
  if (!m->count++)
    m->began_us = a->began_us;
  m->ended_us = a->ended_us;
  m->worst = worse_of(m->worst, a->worst);
}

void alert_close(struct alert *a)
{
  if (a->would_be_told && !a->was_told && !a->gone)
    remember_missed(a);
  drop_ack(a);
  free(a->incident);
  a->incident = NULL;
  a->before = a->worst = STATUS_NO_DATA;
  a->began_us = a->began_ms = a->ended_us = a->not_before_ms = 0;
  a->would_be_told = a->was_told = false;
  a->noted = 0;
}

void alert_done(struct alert *a)
{
  while (a->told)
    remove_told(a, a->told);
  alert_close(a);
  *a = (struct alert){ 0 };
}
