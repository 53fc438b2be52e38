/* Who came in, who was turned away and who left, for the audit trail: the API tells of it over the control socket, {"op":"access","what","user","from"}.
 * The first time is a row at once; what repeats is a row a minute with its count (core/repeats.h). Life of the scheduler. */
#pragma once

#include "scheduler/scheduler.h"

struct access *access_new(struct scheduler *s);
/** What was counted and not yet told becomes rows; the loop then turns once more before access_free. NULL is nothing. */
void access_stop(struct access *a);
void access_free(struct access *a);
