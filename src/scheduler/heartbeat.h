/* The dead man's switch: every minute in which the scheduler is really working an outside watcher is pinged, through the channel "heartbeat" and thus through
 * a runner. When something is wrong the ping is left out, and the watcher raises the alarm. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct heartbeat;

struct heartbeat *heartbeat_new(struct scheduler *s);
/** Closes its timer; the loop turns once more before heartbeat_free. */
void heartbeat_stop(struct heartbeat *h);
/** NULL is nothing. */
void heartbeat_free(struct heartbeat *h);

/** {"pinged_at", "error"}: the last ping that arrived, and why there was none since. To be released; null when there is no heartbeat_url. */
json_t *heartbeat_present(const struct heartbeat *h);
