/* What people would have been told: confirmed transitions of one service in, alerts out, by the daemon's own policy (core/alert.h, core/flap.h), second by
 * second. Nobody is told anything. For the caller's stack. */
#pragma once

#include "core/alert.h"
#include "core/confirm.h"
#include "core/declaration.h"

struct rehearsed {
  int64_t at_us;
  enum alert_event event;
  enum status status;
};

struct rehearsal {
  const struct declaration *declaration;
  const struct alert_config *config; /* with one target, whose alerts are counted */
  int64_t no_data_ms;
  struct flap_rule rule;
  struct flap flap;
  bool flapping;
  struct alert alert;
  int64_t at_us;  /* it has come so far */
  unsigned page;  /* alerts of the page */
  unsigned flaps; /* how often it began to flap */
  struct rehearsed *told;
  size_t count;
};

/** All are borrowed until rehearsal_done. rule: of the settings, for a service without its own. */
void rehearsal_init(struct rehearsal *r, const struct declaration *d, const struct alert_config *config, int64_t no_data_ms,
                    const struct flap_rule *rule);
void rehearsal_done(struct rehearsal *r);

/** Time passes. */
void rehearsal_until(struct rehearsal *r, int64_t now_us);
/** A transition was confirmed now. */
void rehearsal_take(struct rehearsal *r, const struct transition *t, int64_t now_us);
