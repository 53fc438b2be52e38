/* Quick actions: what an admin does to a service. restart, recheck, diagnose and the service's own actions are done by a runner; after a restart the
 * service is watched until it is clear whether that helped (core/rescue.h).
 *
 *   queued ── its audit row is durable ──> running ── restart only ──> watching ──> done | failed
 *
 * Nothing is done before its audit row is durable in the journal, so that nothing is done without one, also while Postgres is away. What was under way when
 * the scheduler ended has failed, says so, and is not repeated. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "scheduler/scheduler.h"

struct actions;
struct asking;
struct outcome;

/** Takes back what was under way before. */
struct actions *actions_new(struct scheduler *s, struct err *e) MUST_CHECK;
/** Closes its timer; the loop turns once more before actions_free. */
void actions_stop(struct actions *all);
/** NULL is nothing. */
void actions_free(struct actions *all);

/** {"service","action","confirm","force","argument","idempotency_key","actor","from"}: checks the request and begins, or refuses with the code not_found,
 * unconfirmed, busy or rate_limited. Answered with {"action": {...}}: the whole of it if it ends within ACTIONS_ANSWER_MS, else as it then is. */
void actions_begin(struct actions *all, struct asking *a, const json_t *request);
#define ACTIONS_ANSWER_MS 1000

/** An action of the last ones by its id, as JSON to be released; NULL: it is not among them. */
json_t *actions_present(const struct actions *all, const char *id);

/** How often the service was restarted, and how often that helped: {"times", "helped"}, borrowed; NULL: never. */
json_t *actions_history(const struct actions *all, const char *service);

/** The journal is durable up to seq. */
void actions_durable(struct actions *all, int64_t seq);
/** A run of the service has ended. */
void actions_run_ended(struct actions *all, const struct service *service, const struct outcome *o);
