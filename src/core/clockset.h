/* Notices when the wall clock is set: it then moves against the monotonic one by more than any slewing could. Pure; microseconds. */
#pragma once

#include "base/base.h"

/** Less than this is slewing, and what lies between reading one clock and the other. */
#define CLOCKSET_LEAST_US ((int64_t)1000000)

/** Zero is: nothing is known yet. */
struct clockset {
  bool known;
  int64_t offset_us;      /* wall - monotonic, as last seen */
  int64_t ahead_us;       /* by how much it was last set forward and has not been set back since; 0: it was not */
  int64_t ahead_since_us; /* the wall clock's own stamp just after that */
};

/** One time that the clock was set. */
struct clockset_move {
  int64_t by_us;           /* forward: positive */
  int64_t undoes_us;       /* so much of an earlier setting forward it takes back; 0: none */
  int64_t undone_since_us; /* what was stamped since then was stamped ahead */
};

/** Both clocks, read at one moment. True when the wall clock was set since the last time; *m then says how. */
bool clockset_see(struct clockset *c, int64_t wall_us, int64_t mono_us, struct clockset_move *m);
