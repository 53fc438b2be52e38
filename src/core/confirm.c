#include "core/confirm.h"

static void forget_streak(struct confirm *c, enum status s)
{
  c->streak[s] = 0;
  c->streak_us[s] = 0;
}

/* Is s better than what is confirmed? From not knowing, healthy is better and everything else worse. */
static bool is_better(enum status confirmed, enum status s)
{
  return s == STATUS_HEALTHY || (confirmed != STATUS_NO_DATA && s < confirmed);
}

/* Does a result of status seen speak for a change from the confirmed status to s? */
static bool speaks_for(enum status confirmed, enum status seen, enum status s)
{
  if (s == confirmed)
    return false;
  return is_better(confirmed, s) ? seen <= s : seen >= s;
}

static bool change(struct confirm *c, enum status to, int64_t at_us, struct transition *t)
{
  *t = (struct transition){ .from = c->confirmed, .to = to, .at_us = at_us };
  c->confirmed = to;
  c->since_us = at_us;
  return true;
}

static bool no_data(struct confirm *c, int64_t at_us, unsigned fall, struct transition *t)
{
  if (c->confirmed == STATUS_NO_DATA)
    return false;
  if (c->streak[STATUS_NO_DATA]++ == 0)
    c->streak_us[STATUS_NO_DATA] = at_us;
  return c->streak[STATUS_NO_DATA] >= fall && confirm_expire(c, c->streak_us[STATUS_NO_DATA], t);
}

bool confirm_result(struct confirm *c, enum status seen, int64_t at_us, unsigned rise, unsigned fall, struct transition *t)
{
  if (seen == STATUS_NO_DATA)
    return no_data(c, at_us, fall, t);
  c->last_us = at_us;
  forget_streak(c, STATUS_NO_DATA);

  enum status confirmed = STATUS_NO_DATA; /* none yet */
  for (enum status s = STATUS_HEALTHY; s <= STATUS_DOWN; s++) {
    if (!speaks_for(c->confirmed, seen, s)) {
      forget_streak(c, s);
      continue;
    }
    if (c->streak[s]++ == 0)
      c->streak_us[s] = at_us;
    bool enough = c->streak[s] >= (is_better(c->confirmed, s) ? rise : fall);
    /* The furthest: the worst of the worse ones, the best of the better ones (met first, going up). */
    bool further = confirmed == STATUS_NO_DATA || s > (c->confirmed == STATUS_NO_DATA ? STATUS_NO_DATA : c->confirmed);
    if (enough && further)
      confirmed = s;
  }
  if (confirmed == STATUS_NO_DATA)
    return false;

  enum status was = c->confirmed;
  change(c, confirmed, c->streak_us[confirmed], t);
  /* A streak for something further in the same direction goes on; the others spoke for a change from what is no longer confirmed. */
  for (enum status s = STATUS_HEALTHY; s <= STATUS_DOWN; s++)
    if (s == confirmed || is_better(was, s) != is_better(confirmed, s))
      forget_streak(c, s);
  return true;
}

bool confirm_expire(struct confirm *c, int64_t at_us, struct transition *t)
{
  if (c->confirmed == STATUS_NO_DATA)
    return false;
  for (enum status s = STATUS_NO_DATA; s <= STATUS_DOWN; s++)
    forget_streak(c, s);
  return change(c, STATUS_NO_DATA, at_us < c->since_us ? c->since_us : at_us, t);
}

static void move(int64_t *stamp_us, int64_t by_us)
{
  if (*stamp_us)
    *stamp_us += by_us;
}

void confirm_move(struct confirm *c, int64_t by_us)
{
  move(&c->since_us, by_us);
  move(&c->last_us, by_us);
  for (size_t i = 0; i < STATUS_COUNT; i++)
    move(&c->streak_us[i], by_us);
}

bool confirm_is_pending(const struct confirm *c)
{
  for (enum status s = STATUS_HEALTHY; s <= STATUS_DOWN; s++)
    if (c->streak[s])
      return true;
  return false;
}
