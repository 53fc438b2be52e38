/* The inside of the gate's keeper, for the two files that make it: what it does, and how that is put. */
#pragma once

#include "scheduler/gatekeeper.h"
#include "scheduler/lease.h"

struct gatekeeper {
  struct scheduler *scheduler;
  struct checklist checklist;
  struct gate gate;
  struct lease *lease;
  uv_timer_t timer;
  char *boot_id;
  int64_t vouched_ms; /* the lease of the time before a quick restart holds until then, monotonic; 0: there was none */
  bool begun;         /* all files have been read once */

  bool ready; /* the flag, as it was told last */
  int64_t since_us;
  char *reason;
  int64_t noted_seq; /* in the journal, of that: Postgres does not say ready before it is durable */
  json_t *history;   /* [{"ready","at","reason","actor"}], newest first */
};

/** Why the flag is what it is: one sentence, to free(). */
char *gatekeeper_make_reason(const struct gatekeeper *k);
/** Names of checks with an override in force. */
json_t *gatekeeper_overridden(const struct gatekeeper *k);
/** [{"name","title","error"}] of what holds the gate closed, the lease among them. */
json_t *gatekeeper_holders(const struct gatekeeper *k);
/** Every check, in order. */
json_t *gatekeeper_present_checks(const struct gatekeeper *k);
