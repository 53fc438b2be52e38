/* What admins configure in Postgres and the scheduler must know: read by signalbox_config() over a connection of its own when it connects, whenever NOTIFY
 * signalbox_config comes, and every minute for notices that were lost; kept in the journal (scope "config") for starts without Postgres. Lives as long
 * as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct config;

/** A section's content is another than before. */
typedef void (*config_changed_fn)(struct scheduler *s, const char *section);

/** Takes what was kept and starts connecting. conninfo as in libpq. */
struct config *config_new(struct scheduler *s, const char *conninfo, config_changed_fn fn, struct err *e) MUST_CHECK;
/** NULL is nothing. The loop turns once more before config_free. */
void config_stop(struct config *c);
void config_free(struct config *c);

/** "alerts" or "maintenance": an array, empty when nothing is known. Borrowed until the next turn of the loop. */
const json_t *config_get(const struct config *c, const char *section);
