/* The startup checklist: the preflights that files declare, and each critical service that no required preflight names, which is a required item in its own
 * name ("service:<name>", without grace: its rise and fall are that). Preflights with a function are run, those with a list of services look at confirmed
 * statuses. Whether the gate opens is gatekeeper.c's. Lives as long as the scheduler. */
#pragma once

#include "scheduler/preflight.h"
#include "scheduler/scheduler.h"

struct checklist {
  struct scheduler *scheduler;
  struct preflight *items;    /* by name, in the order in which they came up */
  int listed;                 /* while it is compared with what is declared: how many so far */
  void (*changed)(void *arg); /* a run has ended */
  void *arg;
};

void checklist_init(struct checklist *c, struct scheduler *s, void (*changed)(void *arg), void *arg);
void checklist_done(struct checklist *c);

/** Brings back what the journal keeps. go_on: the scheduler was away for no longer than its lease. */
bool checklist_restore(struct checklist *c, bool go_on, struct err *e) MUST_CHECK;
/** Compares with what is declared now, and takes what services say now. To be called when all files have been read. */
void checklist_sync(struct checklist *c, int64_t wall_us, int64_t mono_ms);
/** Starts the runs that are due. */
void checklist_run_due(struct checklist *c, int64_t mono_ms);
/** Starts every run, of critical services too, that is not on its way already. */
void checklist_run_all(struct checklist *c, int64_t mono_ms);
/** When the next run is due; INT64_MAX: never. */
int64_t checklist_next_ms(const struct checklist *c);

struct preflight *checklist_find(const struct checklist *c, const char *name);
/** Notes in the journal what is to be kept of it. */
void checklist_keep(const struct checklist *c, const struct preflight *p);
