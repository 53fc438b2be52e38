#include "core/clockset.h"

bool clockset_see(struct clockset *c, int64_t wall_us, int64_t mono_us, struct clockset_move *m)
{
  int64_t offset_us = wall_us - mono_us, by_us = c->known ? offset_us - c->offset_us : 0;
  c->known = true;
  c->offset_us = offset_us; /* slewing is followed */
  if (by_us < CLOCKSET_LEAST_US && by_us > -CLOCKSET_LEAST_US)
    return false;
  *m = (struct clockset_move){ .by_us = by_us };
  if (by_us > 0) {
    c->ahead_us = by_us;
    c->ahead_since_us = wall_us;
  } else if (c->ahead_us) {
    m->undoes_us = -by_us < c->ahead_us ? -by_us : c->ahead_us;
    m->undone_since_us = c->ahead_since_us;
    c->ahead_us = 0;
  }
  return true;
}
