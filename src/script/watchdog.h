/* The CPU budget. A count hook that is always on slows honest scripts by 60 %, so none is: a timer on the thread's own CPU clock ticks
 * every WATCHDOG_TICK_MS of work (never while the process sleeps), and its signal handler arms a hook only in a script whose ticks
 * have passed its budget. The hook yields where it can, which no pcall catches, and raises where it cannot.
 * What loops inside C below every hook can only be ended with the process: the handler does that after BEAT_STUCK_MS of CPU time; and the scheduler
 * kills a runner that has stopped without using any (core/beat.h).
 * One for the process: it belongs to the thread that runs the loop. */
#pragma once

#include <lua.h>

#include "base/err.h"

struct beat;

#define WATCHDOG_TICK_MS 10
/** CPU time that a run may use, milliseconds. */
#define WATCHDOG_BUDGET_MS 250

/** Starts the timer; page may be NULL (nobody looks from outside, and who is stuck cannot be named). */
bool watchdog_start(struct beat *page, struct err *e) MUST_CHECK;
void watchdog_stop(void);

/** The page's "alive" counts up; to be called by the loop's timer (whenever a script's code comes back it counts up too). */
void watchdog_alive(void);

/** A script's code begins to run in L, for this item's function `what` (both NULL: the file is being read). *ticks is the run's own count, carried from one
 * stretch to the next. Not nested. */
void watchdog_enter(lua_State *L, const char *file, const char *service, const char *what, unsigned *ticks);
/** It has come back. True when the budget was spent: what came back is not to be resumed. */
bool watchdog_leave(void);
/** After that: "disk.lua:12", where the script was; "" when no hook met it. Valid until the next watchdog_enter. */
const char *watchdog_place(void);
