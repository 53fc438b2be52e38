/* When each service is due: a binary heap over monotonic milliseconds, rounded to ticks so that one wake-up starts several runs
 * (measured: a timer a service costs three times as much). Due times stand on the tick grid themselves, so rounding makes no run late.
 * Pure; the heap is the caller's to hold. */
#pragma once

#include "base/base.h"

/** Due times are multiples of this. */
#define SCHEDULE_TICK_MS 50

/** One entry, embedded in what is scheduled. slot is the heap's own; 0 when not in it. */
struct due {
  int64_t at_ms;
  size_t slot;
};

struct schedule {
  struct due **heap; /* 1-based */
  size_t count, room;
};

void schedule_init(struct schedule *s);
void schedule_done(struct schedule *s);

/** Puts d in, or moves it, to at_ms rounded up to the grid. */
void schedule_set(struct schedule *s, struct due *d, int64_t at_ms);
/** Takes d out, if it is in. */
void schedule_remove(struct schedule *s, struct due *d);
/** The earliest entry; NULL when there is none. */
struct due *schedule_next(const struct schedule *s);

/** The first time after after_ms on the service's own grid: every_ms apart, at a phase that depends on the name only. A thousand services of
 * one interval do not start together, and a late, early or repeated run shifts nothing. */
int64_t schedule_grid_ms(const char *name, int64_t every_ms, int64_t after_ms);
