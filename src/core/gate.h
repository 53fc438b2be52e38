/* The gate: what the items of the startup checklist say in, whether generation may begin out. Pure; time is a parameter, monotonic milliseconds.
 *
 * Closed, as it is at boot, it opens when every required item has passed or is overridden. Open, it closes when a required item that nobody has
 * overridden has failed for as long as its grace; latched, it does not. The flag that the platform asks for is up while the gate is open and the
 * lease is held: when Postgres cannot be asked, or nobody renews the lease, it is down whatever the items say. */
#pragma once

#include "base/base.h"

enum gate_result { GATE_UNKNOWN, GATE_PASSED, GATE_FAILED };

/** How an item stands, as people are told. */
enum gate_state { GATE_IS_PENDING, GATE_IS_RUNNING, GATE_IS_PASSED, GATE_IS_FAILED, GATE_IS_OVERRIDDEN };

/** One item of the checklist as the gate weighs it. Zero: optional, nothing known. */
struct gate_check {
  bool required;
  bool running;            /* its first run is on its way */
  int64_t grace_ms;        /* how long it may fail before an open gate closes */
  enum gate_result result; /* of the newest run since boot */
  int64_t failing_ms;  /* failed: since when; unknown: when it was first asked for, which counts as failing once that was too long ago */
  int64_t first_ms;    /* how long its first result may take while the gate is open */
  int64_t override_ms; /* overridden until then; 0: not */
};

/** "pending", "running", "passed", "failed", "overridden". */
const char *gate_state_name(enum gate_state state);
enum gate_state gate_check_state(const struct gate_check *c, int64_t now_ms);
bool gate_check_is_overridden(const struct gate_check *c, int64_t now_ms);

/** A run has ended. What goes on failing fails since its first failure; what is no longer known (GATE_UNKNOWN) has its time from now on, as at the start. What
 * has failed is not taken back by not knowing. */
void gate_check_take(struct gate_check *c, enum gate_result result, int64_t now_ms);

struct gate {
  bool open;
  bool latched; /* settings: gate = "latched" */
  bool leased;  /* Postgres has what we say, and we have renewed it */
};

/** Does the item keep a closed gate closed, or does it close an open one? */
bool gate_is_held_by(const struct gate *g, const struct gate_check *c, int64_t now_ms);

/** Opens or closes the gate by its n items; true when that changed. Without any item it does not open: nothing is known to be well. */
bool gate_weigh(struct gate *g, const struct gate_check *const *checks, size_t n, int64_t now_ms);

/** When the passing of time alone may next change how the item stands or what it does to an open gate: its grace or its override ends. INT64_MAX: never. */
int64_t gate_check_next_ms(const struct gate_check *c, int64_t now_ms);

/** The flag. */
bool gate_is_up(const struct gate *g);
