/* What happens when a run ends: result -> state machine -> journal -> next due time. One page, and it stays one page. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

/** What a run found; texts are borrowed. */
struct outcome {
  enum status status;     /* STATUS_NO_DATA: error says what is wrong with the monitor */
  int64_t latency_ms;     /* -1: none */
  const char *error;      /* NULL: none */
  const json_t *measures; /* NULL: none */
  const json_t *answer;   /* of a deed: what it returned, NULL: nothing */
  bool ended_runner;      /* the run made its runner hang or crash, or was on its way when another of its file did */
  bool guilty;            /* it was this one */
  bool reached;           /* another machine has answered it */
  bool unreached;         /* one has not, or not as expected: perhaps our own network is gone */
};

/** Takes the outcome of a run that ended now. */
void outcome_of_run(struct scheduler *s, struct service *service, const struct outcome *o);

/** Time has passed: does the service still flap? */
void outcome_look_at_flapping(struct scheduler *s, struct service *service);

/** Nothing is known of the service any more from at_us on: retired, or its results have grown stale. */
void outcome_unknown(struct scheduler *s, struct service *service, int64_t at_us);

/** The wall clock was set: the service's status, streaks and newest result keep their ages. */
void outcome_clock_set(struct scheduler *s, struct service *service, int64_t by_us);
