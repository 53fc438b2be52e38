/* The control socket: what the API and the operator's command ask the scheduler. One JSON object a line each way, several requests in turn on
 * a connection. Whoever can open the socket may ask: its directory's mode is the lock.
 *
 *   {"op":"overview"} {"op":"service","service"} {"op":"status"}   what is known now (present.h)
 *   {"op":"recheck","service"}   runs it now; answered when the outcome is durable in the journal
 *   {"op":"sync"}                answered when everything that happened so far is in Postgres
 *   {"op":"reload"}              reads the directory of checks; answered when every change was taken or refused
 * Answers: {"ok":true, ...} or {"ok":false,"code","error"}. */
#pragma once

#include "base/err.h"
#include "scheduler/scheduler.h"

struct outcome;

/** Listens on the path. A socket that a dead scheduler left there is replaced; one that answers is not. */
struct control *control_new(struct scheduler *s, const char *path, struct err *e) MUST_CHECK;
/** Closes everything and removes the socket; the loop turns once more before control_free. */
void control_stop(struct control *c);
void control_free(struct control *c);

/** A run ended; its outcome stands in the journal as seq. */
void control_run_ended(struct control *c, struct service *service, const struct outcome *o, int64_t seq);
/** A run ended whose service is not declared any more: those who asked for it are told so. */
void control_run_dropped(struct service *service);
/** The journal is durable up to seq. */
void control_durable(struct control *c, int64_t seq);
