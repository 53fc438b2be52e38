/* The rise/fall state machine: which results in a row make a new status of a service.
 *
 * A worse status is confirmed by `fall` results in a row that are at least as bad, a better one by `rise` in a row that are at
 * least as good (HAProxy's words). Of the statuses so confirmed the furthest one counts. The new status is dated back to the first of
 * the results that confirmed it. Not knowing is confirmed by `fall` runs without data in a row, or by silence; a single run without
 * data neither confirms nor interrupts anything.
 *
 * Pure: time is a parameter, in wall-clock microseconds. The struct is plain and is what a restart has to bring back. */
#pragma once

#include "core/status.h"

struct confirm {
  enum status confirmed;
  int64_t since_us;                /* when the confirmed status began; 0 before the first */
  int64_t last_us;                 /* the newest result with data; 0 before the first */
  unsigned streak[STATUS_COUNT];   /* for each status but the confirmed: results in a row that speak for it */
  int64_t streak_us[STATUS_COUNT]; /* when each of those streaks began */
};

/** The end of one window and the start of the next. */
struct transition {
  enum status from, to;
  int64_t at_us;
};

/** Takes one result. True when it confirmed a transition, which is then in *t. rise and fall are at least 1. */
bool confirm_result(struct confirm *c, enum status seen, int64_t at_us, unsigned rise, unsigned fall, struct transition *t);

/** No result has come for too long: what was confirmed is not known any more. The hole begins at_us, the end of the time that the last
 * result vouched for. False when nothing was known anyway. */
bool confirm_expire(struct confirm *c, int64_t at_us, struct transition *t);

/** The wall clock was set: everything that it remembers moves with it, so that nothing becomes longer or shorter. */
void confirm_move(struct confirm *c, int64_t by_us);

/** A status other than the confirmed one has a streak: the next run should come soon (`retry_every`). */
bool confirm_is_pending(const struct confirm *c);
