#include "scheduler/upkeep.h"

#include "base/clock.h"
#include "base/log.h"

#define EVERY_MS 600000
#define REST_MS 60000

enum chore { PARTITIONS, ROLL_UP, RETAIN, CHORES };

static const struct {
  const char *sql;
  bool again; /* while it answers with more than 0 */
} chores[CHORES] = {
  /* $1: the oldest result that waits. Answers: days that were moved out of the default partition, one at a time. */
  [PARTITIONS] = { "SELECT signalbox_make_partitions(7, coalesce($1::timestamptz, now()))", true },
  /* Answers: hours that are left to do. */
  [ROLL_UP] = { "SELECT signalbox_roll_up(1)", true },
  /* $1, $2: how long results and summaries are kept. Answers: partitions dropped. */
  [RETAIN] = { "SELECT signalbox_retain($1::interval, $2::interval)", false },
};

void upkeep_begin(struct upkeep *u)
{
  if (u->resting)
    return;
  u->chore = PARTITIONS;
  u->due_ms = 0;
}

void upkeep_set_retention(struct upkeep *u, int64_t raw_keep_ms, int64_t hourly_keep_ms)
{
  if (raw_keep_ms == u->raw_keep_ms && hourly_keep_ms == u->hourly_keep_ms)
    return;
  u->raw_keep_ms = raw_keep_ms;
  u->hourly_keep_ms = hourly_keep_ms;
  u->due_ms = 0;
}

bool upkeep_is_due(const struct upkeep *u, int64_t now_ms)
{
  return now_ms >= u->due_ms;
}

static void add_interval(struct upkeep_statement *s, int64_t ms)
{
  snprintf(s->texts[s->count], sizeof s->texts[0], "%" PRId64 " milliseconds", ms);
  s->params[s->count] = (struct pgparam){ .value = s->texts[s->count] };
  s->count++;
}

void upkeep_next(const struct upkeep *u, int64_t oldest_us, struct upkeep_statement *s)
{
  *s = (struct upkeep_statement){ .sql = chores[u->chore].sql };
  if (u->chore == PARTITIONS) {
    s->params[s->count++] = (struct pgparam){ .value = oldest_us ? clock_format(oldest_us, s->texts[0]) : NULL };
  } else if (u->chore == RETAIN) {
    add_interval(s, u->raw_keep_ms);
    add_interval(s, u->hourly_keep_ms);
  }
}

void upkeep_done(struct upkeep *u, int64_t number, int64_t now_ms)
{
  u->resting = false;
  if (u->chore == RETAIN && number)
    log_info("partitions_dropped", "count=%" PRId64, number);
  if (chores[u->chore].again && number > 0)
    return;
  u->chore = (u->chore + 1) % CHORES;
  u->due_ms = u->chore == PARTITIONS ? now_ms + EVERY_MS : 0;
}

void upkeep_failed(struct upkeep *u, int64_t now_ms)
{
  u->resting = true;
  u->chore = (u->chore + 1) % CHORES;
  u->due_ms = now_ms + REST_MS;
}
