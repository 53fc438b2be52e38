/* A page of memory shared by the scheduler and one runner: is it alive, and what is it executing?
 * The runner writes, the scheduler reads; when the runner is stuck or dead the page still says which service it was at. */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

/** File descriptor on which a runner finds the page (a memfd of BEAT_SIZE bytes). */
#define BEAT_FD 3
#define BEAT_SIZE 4096
/** How often a runner's loop notes that it is alive, milliseconds. */
#define BEAT_EVERY_MS 250
/** A runner whose loop has not come round for so long is killed, milliseconds, unless the machine is so busy that it does not get to run. */
#define BEAT_STALL_MS 1000
/** A run that has used so much of the runner's own CPU time, milliseconds, is inside a call that nothing can interrupt: the runner ends itself
 * with this code. Sooner than the scheduler could be sure: a stall on its clock may be a machine that is busy. */
#define BEAT_STUCK_MS 500
#define BEAT_STUCK_CODE 86

struct beat {
  _Atomic uint64_t alive;     /* counts up every BEAT_EVERY_MS while the loop turns, and whenever a script's code has come back */
  _Atomic uint32_t executing; /* 1 while a script's code runs, and then service and file name it */
  char service[64];           /* "" while a file is being read */
  char what[64];              /* "probe", or which deed */
  char file[128];
};

static_assert(sizeof(struct beat) <= BEAT_SIZE, "the page holds it");
