/* Uptime from windows: seconds of each status in a range, the percentage they make, and the timeline of the range.
 * Time-weighted; degraded counts with a weight; what is not known is in no window, is left out of the percentage and shown beside it.
 * Pure; wall-clock microseconds. */
#pragma once

#include "core/status.h"

/** One row of uptime_records. */
struct window {
  enum status status;
  int64_t started_us;
  int64_t ended_us; /* 0: ongoing */
  int64_t id;       /* of the row; for those who name it */
};

/** The arithmetic of a percentage, so that anybody can check it. */
struct uptime {
  int64_t healthy_us, degraded_us, down_us;
  int64_t unknown_us; /* the rest of the range */
  double degraded_weight;
};

/** What degraded counts for when settings say nothing. */
#define UPTIME_DEGRADED_WEIGHT 0.5

/** Cuts w to [from_us, to_us), an ongoing one to to_us; false when nothing of it lies inside. */
bool uptime_clip(struct window *w, int64_t from_us, int64_t to_us);

/** Adds up n windows of one service over [from_us, to_us). They may be in any order but do not overlap. */
struct uptime uptime_sum(const struct window *windows, size_t n, int64_t from_us, int64_t to_us, double degraded_weight);

/** 100 x (healthy + weight x degraded) / (healthy + degraded + down), or -1 when nothing is known. */
double uptime_percent(const struct uptime *u);
