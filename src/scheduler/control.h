/* The control socket: what the API and the operator's command ask the scheduler. One JSON object a line each way, several requests in turn on
 * a connection. Whoever can open the socket may ask: its directory's mode is the lock.
 * Answers: {"ok":true, ...} or {"ok":false,"code","error"}. What can be asked stands in the tables that control.c lists. */
#pragma once

#include "base/err.h"
#include "scheduler/asking.h"
#include "scheduler/scheduler.h"

/** One operation, {"op":name, ...}. fn answers the asking, at once or later. */
struct control_op {
  const char *name;
  void (*fn)(struct scheduler *s, struct asking *a, const json_t *request);
};

/** A subsystem's operations end with a row whose name is NULL. */
extern const struct control_op access_ops[];  /* access.c: log-ins, for the audit trail */
extern const struct control_op actions_ops[]; /* actions_ops.c: act, action, logs, follow */
extern const struct control_op control_ops[]; /* control_ops.c: what is known now, recheck, sync, reload */
extern const struct control_op gate_ops[];    /* gate_ops.c: the flag, the checklist, overrides */

/** Listens on the path. A socket that a dead scheduler left there is replaced; one that answers is not. */
struct control *control_new(struct scheduler *s, const char *path, struct err *e) MUST_CHECK;
/** Closes everything and removes the socket; the loop turns once more before control_free. */
void control_stop(struct control *c);
void control_free(struct control *c);

/** The journal is durable up to seq. */
void control_durable(struct control *c, int64_t seq);
