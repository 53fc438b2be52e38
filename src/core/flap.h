/* Flap damping: a service that keeps changing its status is one matter to be told of, not twenty.
 *
 * It flaps from the moment that `changes` changes of its status lie within the last `within`, and until no more than half as many do. Counted are
 * confirmed changes from one known status to another: what rise and fall have filtered out is no change, and a hole in the knowledge (the scheduler
 * was stopped, the monitor is broken) with the same status before and after it is none either.
 *
 * Why not Icinga's way, the share of changes among the last 20 results, weighted by their age: there it depends on the interval whether the same
 * service flaps (20 results are ten minutes at 30 s and most of a day at 1 h, and `retry_every` bends it further), it counts single odd results, which
 * nobody is told of anyway, and nobody can say what "30 %" will mean for a service. Here a rule is a sentence: six changes within thirty minutes.
 * Kept are the difference between the two thresholds, which keeps it from flapping itself, and that old changes count for less: not at all.
 *
 * Damping holds back telling, never recording: windows and uptime stay what they were. Pure; times are milliseconds on any one clock. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/status.h"

/** Most changes that a rule may ask for. */
#define FLAP_CHANGES_MOST 20

struct flap_rule {
  unsigned changes; /* 0: never */
  int64_t within_ms;
};

/** What is remembered of a service: plain, and what a restart has to bring back. */
struct flap {
  enum status last; /* the last known status */
  unsigned count;
  int64_t at_ms[FLAP_CHANGES_MOST]; /* of the last changes, oldest first */
};

/** What holds when nobody says anything else. */
struct flap_rule flap_rule_default(void);

/** Reads `flap = { changes = 6, within = "30m" }` or `flap = false`; what a table leaves out is as in *rule, which is unchanged when it is refused. */
bool flap_rule_read(const json_t *json, struct flap_rule *rule, struct err *e) MUST_CHECK;

/** Takes a confirmed status. */
void flap_note(struct flap *f, enum status to, int64_t at_ms);

/** Does it flap at now_ms, given whether it did before? */
bool flap_is_on(const struct flap *f, const struct flap_rule *rule, bool was_on, int64_t now_ms);
