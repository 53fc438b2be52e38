/* Runs: when a service is due one is started, at most one a service at a time; what it found goes to outcome.c. */
#pragma once

#include "scheduler/scheduler.h"

struct outcome;

/** Sets up the timers. */
void runs_init(struct scheduler *s);
/** Stops them. */
void runs_stop(struct scheduler *s);

/** Puts a service on the schedule: at its own place in the interval, or at once when nothing is known of it (any more). */
void runs_schedule_first(struct scheduler *s, struct service *service, bool at_once);
/** After a run: on its grid, or soon (`retry_every`) while a change is being confirmed. */
void runs_schedule_next(struct scheduler *s, struct service *service);
void runs_unschedule(struct scheduler *s, struct service *service);

/** A run is over, and what came of it is as it is to be understood (network.h). */
void runs_take(struct scheduler *s, struct service *service, const struct outcome *o);

/** Starts a run now, unless one is on its way already. */
void runs_start(struct scheduler *s, struct service *service);
