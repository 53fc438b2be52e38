/* The timeline of a range as it is drawn: windows clipped to the range, and what is shorter than a pixel merged with its neighbours so that the
 * worst of them stays visible. However much a service flapped, at most two segments a pixel are left. Time that no window covers is no data:
 * it is no segment. Pure; wall-clock microseconds. */
#pragma once

#include "core/uptime.h"

/** What is drawn as one block. */
struct segment {
  enum status status;           /* the worst within; never STATUS_NO_DATA */
  int64_t started_us, ended_us; /* within the range */
  int64_t id;                   /* of the first window of that status */
  size_t windows;               /* how many are in it; 1: a window as it is, or what of it lies within the range */
  bool is_ongoing;              /* it reaches the range's end because its last window has not ended */
};

/** Segments of [from_us, to_us) drawn on so many pixels (0: nothing is merged), from n windows that are in order and do not overlap.
 * Pieces (windows, and the holes between them) that are shorter than a pixel are gathered from left to right until they fill one; of such a group the
 * worst counts: down, then degraded, then no data, then healthy, so that nothing ever looks better than it was. Whatever is a pixel long or longer
 * keeps its exact ends. `segments` has room for n; returns how many there are. */
size_t timeline_draw(const struct window *windows, size_t n, int64_t from_us, int64_t to_us, size_t pixels, struct segment *segments);
