#include "core/uptime.h"

bool uptime_clip(struct window *w, int64_t from_us, int64_t to_us)
{
  if (!w->ended_us || w->ended_us > to_us)
    w->ended_us = to_us;
  if (w->started_us < from_us)
    w->started_us = from_us;
  return w->started_us < w->ended_us;
}

struct uptime uptime_sum(const struct window *windows, size_t n, int64_t from_us, int64_t to_us, double degraded_weight)
{
  int64_t sum[STATUS_COUNT] = { 0 };
  for (size_t i = 0; i < n; i++) {
    struct window w = windows[i];
    if (uptime_clip(&w, from_us, to_us))
      sum[w.status] += w.ended_us - w.started_us;
  }
  return (struct uptime){
    .healthy_us = sum[STATUS_HEALTHY],
    .degraded_us = sum[STATUS_DEGRADED],
    .down_us = sum[STATUS_DOWN],
    .unknown_us = to_us - from_us - sum[STATUS_HEALTHY] - sum[STATUS_DEGRADED] - sum[STATUS_DOWN],
    .degraded_weight = degraded_weight,
  };
}

double uptime_percent(const struct uptime *u)
{
  double known = (double)(u->healthy_us + u->degraded_us + u->down_us);
  if (known <= 0)
    return -1;
  return 100.0 * ((double)u->healthy_us + u->degraded_weight * (double)u->degraded_us) / known;
}
