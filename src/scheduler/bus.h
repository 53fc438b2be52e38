/* Another event bus than Postgres: every event goes, in order, through the channel "bus" if a file declares one (NATS, Redis). While the bus is away events wait in
 * memory, the newest of them; whoever must not miss one listens to Postgres, which has them all. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct bus;

struct bus *bus_new(struct scheduler *s);
/** Closes its timer; the loop turns once more before bus_free. */
void bus_stop(struct bus *b);
/** NULL is nothing. */
void bus_free(struct bus *b);

/** {"event", "subject", "at", "data"}, taken over. */
void bus_put(struct bus *b, json_t *event);
