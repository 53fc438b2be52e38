/* The keeper of the gate: weighs the startup checklist (checklist.c) by the rules of core/gate.h, has the flag renewed in Postgres (lease.c), and tells of
 * every change of it: in its history, as an event, in the audit trail.
 *
 * The scheduler's start is the platform's boot, with the gate closed and every check to be passed, unless it comes back on the same machine while its last
 * lease still holds: then it goes on where it was. Overrides outlive either. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "scheduler/checklist.h"
#include "scheduler/scheduler.h"

struct gatekeeper;

/** conninfo: Postgres. The journal is open, the files are not read. */
struct gatekeeper *gatekeeper_new(struct scheduler *s, const char *conninfo, struct err *e) MUST_CHECK;
/** The lease is left to run out; the loop turns once more before gatekeeper_free. NULL is nothing. */
void gatekeeper_stop(struct gatekeeper *k);
void gatekeeper_free(struct gatekeeper *k);

/** Something that the gate depends on may have changed: it is weighed again, soon. NULL is nothing. */
void gatekeeper_kick(struct gatekeeper *k);
/** Weighs it now, on behalf of actor: NULL, Signalbox itself. */
void gatekeeper_weigh(struct gatekeeper *k, const char *actor);

/** The journal is durable up to seq. NULL is nothing. */
void gatekeeper_durable(struct gatekeeper *k, int64_t seq);

/** Puts an override in force for ms, or ends the one there is. To be weighed then. */
void gatekeeper_override(struct gatekeeper *k, struct preflight *p, const char *by, const char *reason, int64_t ms);
void gatekeeper_lift(struct gatekeeper *k, struct preflight *p);
/** Has every check done now. */
void gatekeeper_run_all(struct gatekeeper *k);

/** settings: gate = "latched". */
void gatekeeper_set_latched(struct gatekeeper *k, bool latched);
/** The wall clock was set. */
void gatekeeper_clock_set(struct gatekeeper *k, int64_t by_us);

struct checklist *gatekeeper_checklist(struct gatekeeper *k);

/* ---- what is known, as JSON; new values ---- */

bool gatekeeper_is_ready(const struct gatekeeper *k);
/** Names of what holds the gate closed; ["postgres"] when it is the lease. */
json_t *gatekeeper_blocking(const struct gatekeeper *k);
/** {"ready","since","reason","valid_until","overridden"}. */
json_t *gatekeeper_flag(const struct gatekeeper *k);
/** {"all_passed","ready","gate","checks","history"}. */
json_t *gatekeeper_present(const struct gatekeeper *k);
/** One check of it. */
json_t *gatekeeper_present_check(const struct gatekeeper *k, const struct preflight *p);
