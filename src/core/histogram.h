/* How long runs took, in cumulative buckets as Prometheus counts them (OpenMetrics 1.0, Histogram). Pure. */
#pragma once

#include "base/base.h"

#define HISTOGRAM_BUCKETS 11

/** Upper bounds, milliseconds; beyond the last one is +Inf. */
extern const int64_t histogram_bounds_ms[HISTOGRAM_BUCKETS];

struct histogram {
  uint64_t buckets[HISTOGRAM_BUCKETS]; /* each its own, not yet added up */
  uint64_t count;
  int64_t sum_ms;
};

void histogram_add(struct histogram *h, int64_t ms);
/** How many took at most the bound of bucket i. */
uint64_t histogram_up_to(const struct histogram *h, size_t i);
