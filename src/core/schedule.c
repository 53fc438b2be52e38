#include "core/schedule.h"

#include "base/mem.h"

void schedule_init(struct schedule *s)
{
  *s = (struct schedule){ 0 };
}

void schedule_done(struct schedule *s)
{
  free(s->heap);
  schedule_init(s);
}

static void put(struct schedule *s, size_t slot, struct due *d)
{
  s->heap[slot] = d;
  d->slot = slot;
}

static void sift_up(struct schedule *s, size_t slot, struct due *d)
{
  for (; slot > 1 && s->heap[slot / 2]->at_ms > d->at_ms; slot /= 2)
    put(s, slot, s->heap[slot / 2]);
  put(s, slot, d);
}

static void sift_down(struct schedule *s, size_t slot, struct due *d)
{
  for (;;) {
    size_t child = slot * 2;
    if (child > s->count)
      break;
    if (child < s->count && s->heap[child + 1]->at_ms < s->heap[child]->at_ms)
      child++;
    if (s->heap[child]->at_ms >= d->at_ms)
      break;
    put(s, slot, s->heap[child]);
    slot = child;
  }
  put(s, slot, d);
}

void schedule_set(struct schedule *s, struct due *d, int64_t at_ms)
{
  int64_t was_ms = d->at_ms;
  d->at_ms = (at_ms + SCHEDULE_TICK_MS - 1) / SCHEDULE_TICK_MS * SCHEDULE_TICK_MS;
  if (!d->slot) {
    if (s->count + 2 > s->room) {
      s->room = s->room ? s->room * 2 : 64;
      s->heap = mem_resize(s->heap, s->room, sizeof *s->heap);
    }
    sift_up(s, ++s->count, d);
  } else if (d->at_ms < was_ms) {
    sift_up(s, d->slot, d);
  } else {
    sift_down(s, d->slot, d);
  }
}

void schedule_remove(struct schedule *s, struct due *d)
{
  if (!d->slot)
    return;
  size_t slot = d->slot;
  struct due *last = s->heap[s->count--];
  d->slot = 0;
  if (last == d)
    return;
  sift_down(s, slot, last);
  sift_up(s, last->slot, last);
}

struct due *schedule_next(const struct schedule *s)
{
  return s->count ? s->heap[1] : NULL;
}

/* FNV-1a (Fowler, Noll, Vo), then mixed so that names that differ in their last letter are far apart. */
static uint64_t hash_name(const char *name)
{
  uint64_t h = 14695981039346656037u;
  for (; *name; name++)
    h = (h ^ (unsigned char)*name) * 1099511628211u;
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  return h ^ h >> 33;
}

int64_t schedule_grid_ms(const char *name, int64_t every_ms, int64_t after_ms)
{
  int64_t phase_ms = (int64_t)(hash_name(name) % (uint64_t)every_ms);
  int64_t at_ms = after_ms - after_ms % every_ms + phase_ms;
  return at_ms > after_ms ? at_ms : at_ms + every_ms;
}
