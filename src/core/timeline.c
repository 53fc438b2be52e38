#include "core/timeline.h"

/* Pieces that are too short to be drawn by themselves. */
struct group {
  struct segment segment; /* STATUS_NO_DATA while its worst is a hole */
  bool any;
};

struct drawing {
  int64_t pixel_us;
  struct group group;
  struct segment *segments;
  size_t count;
};

/* Not knowing is worse than healthy and better than what is known to be bad. */
static int badness(enum status s)
{
  static const int order[STATUS_COUNT] = { [STATUS_HEALTHY] = 0, [STATUS_NO_DATA] = 1, [STATUS_DEGRADED] = 2, [STATUS_DOWN] = 3 };
  return order[s];
}

static void emit(struct drawing *d, const struct segment *s)
{
  if (s->status != STATUS_NO_DATA)
    d->segments[d->count++] = *s;
}

static void close_group(struct drawing *d)
{
  if (d->group.any)
    emit(d, &d->group.segment);
  d->group.any = false;
}

static void gather(struct drawing *d, const struct segment *piece)
{
  struct segment *g = &d->group.segment;
  if (!d->group.any) {
    d->group.any = true;
    *g = *piece;
  } else {
    if (badness(piece->status) > badness(g->status)) {
      g->status = piece->status;
      g->id = piece->id;
    }
    g->ended_us = piece->ended_us;
    g->windows += piece->windows;
    g->is_ongoing = piece->is_ongoing;
  }
  if (g->ended_us - g->started_us >= d->pixel_us)
    close_group(d);
}

static void draw_piece(struct drawing *d, const struct segment *piece)
{
  if (piece->ended_us - piece->started_us < d->pixel_us) {
    gather(d, piece);
    return;
  }
  close_group(d);
  emit(d, piece);
}

static void draw_hole(struct drawing *d, int64_t from_us, int64_t to_us)
{
  if (from_us < to_us)
    draw_piece(d, &(struct segment){ .status = STATUS_NO_DATA, .started_us = from_us, .ended_us = to_us });
}

size_t timeline_draw(const struct window *windows, size_t n, int64_t from_us, int64_t to_us, size_t pixels, struct segment *segments)
{
  /* Rounded up: groups that fill a pixel are then never more than there are pixels. */
  int64_t pixel_us = pixels ? (to_us - from_us + (int64_t)pixels - 1) / (int64_t)pixels : 0;
  struct drawing d = { .pixel_us = pixel_us, .segments = segments };
  int64_t at_us = from_us;
  for (size_t i = 0; i < n; i++) {
    struct window w = windows[i];
    if (!uptime_clip(&w, from_us, to_us))
      continue;
    draw_hole(&d, at_us, w.started_us);
    draw_piece(&d, &(struct segment){ .status = w.status,
                                      .started_us = w.started_us,
                                      .ended_us = w.ended_us,
                                      .id = w.id,
                                      .windows = 1,
                                      .is_ongoing = !windows[i].ended_us });
    at_us = w.ended_us;
  }
  draw_hole(&d, at_us, to_us);
  close_group(&d);
  return d.count;
}
