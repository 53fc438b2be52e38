/* Who came in, was turned away and left while the scheduler did not listen: rows for the audit trail that it finds when it is back (base/spool.h). What
 * repeats is a row at once and one a minute with its count (core/repeats.h), and a worker leaves at most UNHEARD_MOST rows until the scheduler has
 * listened again, so that a flood of wrong passwords fills no disk. Life of a worker. */
#pragma once

#include "base/err.h"

#define UNHEARD_MOST 1000

struct unheard;

/** directory: where rows are left; made when there is none. */
struct unheard *unheard_new(const char *directory);
/** What was counted and not yet told becomes rows. NULL is nothing. */
void unheard_free(struct unheard *u);

/** what: as access_is_known has it. user, from: NULL when not known. True: it is durable, or counted. */
bool unheard_add(struct unheard *u, const char *what, const char *user, const char *from, struct err *e) MUST_CHECK;
/** The scheduler listens again: what was counted becomes rows. */
void unheard_over(struct unheard *u);
