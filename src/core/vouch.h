/* How long a result speaks for its service, and what the monitor's own absence makes of that. Pure; ages in milliseconds, stamps in wall-clock
 * microseconds. */
#pragma once

#include "base/base.h"

/** A result speaks for three intervals; is one of that age older than that? */
bool vouch_is_over(int64_t every_ms, int64_t age_ms);

/** Where the hole begins that the monitor's absence, from its last heartbeat to its start, has left in a service whose newest result is of last_us; 0:
 * there is none. The hole begins when the interval of that result was over, if the monitor then missed more than two intervals, or more than a minute:
 * a restart is no hole, and a service that is looked at once a day does not vouch for two days of nobody looking. */
int64_t vouch_hole_us(int64_t last_us, int64_t every_ms, int64_t heartbeat_us, int64_t start_us);
