/* The alerts of one service as JSON, so that a restart goes on where it was. What is counted on the monotonic clock is kept as stamps: the time that the
 * scheduler was not there counts. Pure. */
#pragma once

#include "core/alert.h"

/** A new object, to be released; NULL when there is nothing worth keeping but the status itself. */
json_t *alert_state_write(const struct alert *a, struct moment now);
/** Takes it back, with the service's present status. What makes no sense is as if it had not been kept. */
void alert_state_read(struct alert *a, const json_t *json, struct moment now);
