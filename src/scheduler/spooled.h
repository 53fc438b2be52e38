/* Rows of the audit trail that signalbox(1) and the API have left in a directory (base/spool.h), also while no scheduler ran: they are noted in the journal
 * with the time at which it happened, and their files removed when that is durable. A crash just in between leaves a row twice, never not at all. Life of the
 * scheduler. */
#pragma once

#include "scheduler/scheduler.h"

/** directory: need not be there. */
struct spooled *spooled_new(struct scheduler *s, const char *directory);
/** The journal is durable up to seq. NULL is nothing. */
void spooled_durable(struct spooled *p, int64_t seq);
/** The loop turns once more before spooled_free. NULL is nothing. */
void spooled_stop(struct spooled *p);
void spooled_free(struct spooled *p);
