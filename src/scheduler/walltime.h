/* The wall clock as the scheduler reads it. Intervals run on the monotonic clock, so setting the clock changes none; stamps would: whatever is
 * going on then keeps its length and moves with the clock. */
#pragma once

#include "scheduler/scheduler.h"

/** Now, microseconds since 1970. When the clock was set since the last call, first everything that is going on is moved: the services here, at
 * once; their open windows in Postgres, by a note in the journal, in order with what happens before and after. To be called at least every second. */
int64_t walltime_now_us(struct scheduler *s);
