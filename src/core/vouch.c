#include "core/vouch.h"

#define INTERVALS 3
/** What a restart may take, microseconds. */
#define RESTART_US ((int64_t)60 * 1000000)

bool vouch_is_over(int64_t every_ms, int64_t age_ms)
{
  return age_ms > INTERVALS * every_ms;
}

int64_t vouch_hole_us(int64_t last_us, int64_t every_ms, int64_t heartbeat_us, int64_t start_us)
{
  int64_t every_us = every_ms * 1000, over_us = last_us + every_us;
  int64_t missed_us = start_us - (heartbeat_us > over_us ? heartbeat_us : over_us);
  int64_t tolerated_us = 2 * every_us < RESTART_US ? 2 * every_us : RESTART_US;
  return last_us && heartbeat_us && missed_us > tolerated_us ? over_us : 0;
}
