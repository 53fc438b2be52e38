#include "core/gate.h"

const char *gate_state_name(enum gate_state state)
{
  static const char *const names[] = {
    [GATE_IS_PENDING] = "pending", [GATE_IS_RUNNING] = "running",       [GATE_IS_PASSED] = "passed",
    [GATE_IS_FAILED] = "failed",   [GATE_IS_OVERRIDDEN] = "overridden",
  };
  return names[state];
}

bool gate_check_is_overridden(const struct gate_check *c, int64_t now_ms)
{
  return c->override_ms > now_ms;
}

/* What has passed by itself is not called overridden: an override that is not needed is still shown, beside it. */
enum gate_state gate_check_state(const struct gate_check *c, int64_t now_ms)
{
  if (c->result == GATE_PASSED)
    return GATE_IS_PASSED;
  if (gate_check_is_overridden(c, now_ms))
    return GATE_IS_OVERRIDDEN;
  if (c->result == GATE_FAILED)
    return GATE_IS_FAILED;
  return c->running ? GATE_IS_RUNNING : GATE_IS_PENDING;
}

void gate_check_take(struct gate_check *c, enum gate_result result, int64_t now_ms)
{
  if (result == GATE_UNKNOWN && c->result == GATE_FAILED)
    return;
  if ((result == GATE_FAILED && c->result != GATE_FAILED) || (result == GATE_UNKNOWN && c->result == GATE_PASSED))
    c->failing_ms = now_ms;
  c->result = result;
}

/* When an item that is not well closes an open gate. */
static int64_t closes_at_ms(const struct gate_check *c)
{
  return c->failing_ms + c->grace_ms + (c->result == GATE_UNKNOWN ? c->first_ms : 0);
}

bool gate_is_held_by(const struct gate *g, const struct gate_check *c, int64_t now_ms)
{
  if (!c->required || c->result == GATE_PASSED || gate_check_is_overridden(c, now_ms))
    return false;
  if (!g->open)
    return true;
  return !g->latched && now_ms >= closes_at_ms(c);
}

bool gate_weigh(struct gate *g, const struct gate_check *const *checks, size_t n, int64_t now_ms)
{
  bool was_open = g->open, held = n == 0;
  for (size_t i = 0; i < n; i++)
    held = held || gate_is_held_by(g, checks[i], now_ms);
  if (n || !g->latched)
    g->open = !held;
  return g->open != was_open;
}

int64_t gate_check_next_ms(const struct gate_check *c, int64_t now_ms)
{
  int64_t next_ms = INT64_MAX;
  if (gate_check_is_overridden(c, now_ms))
    next_ms = c->override_ms;
  if (c->required && c->result != GATE_PASSED && closes_at_ms(c) > now_ms && closes_at_ms(c) < next_ms)
    next_ms = closes_at_ms(c);
  return next_ms;
}

bool gate_is_up(const struct gate *g)
{
  return g->open && g->leased;
}
