#include "core/histogram.h"

const int64_t histogram_bounds_ms[HISTOGRAM_BUCKETS] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 };

void histogram_add(struct histogram *h, int64_t ms)
{
  size_t i = 0;
  while (i < HISTOGRAM_BUCKETS && ms > histogram_bounds_ms[i])
    i++;
  if (i < HISTOGRAM_BUCKETS)
    h->buckets[i]++;
  h->count++;
  h->sum_ms += ms;
}

uint64_t histogram_up_to(const struct histogram *h, size_t i)
{
  uint64_t n = 0;
  for (size_t k = 0; k <= i; k++)
    n += h->buckets[k];
  return n;
}
