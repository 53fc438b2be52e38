/* The delivery ledger: each alert to each channel with what became of it, written through the journal to health_alerts and health_alert_attempts, and shown
 * live (event "alert"). "Why was I not paged?" is answered from it. */
#pragma once

#include "core/alert.h"
#include "core/delivery.h"
#include "scheduler/scheduler.h"

struct ledger_alert {
  const char *id;       /* of this row */
  const char *alert_id; /* the incident */
  const char *message;  /* its key; NULL: nothing is sent */
  const char *service, *channel;
  enum alert_event event;
  enum status status;
  const char *state;  /* "pending", "delivered", "suppressed" */
  const char *reason; /* NULL: none */
  const char *summary;
};

/** Notes a row; returns the journal's seq. */
int64_t ledger_alert(struct scheduler *s, const struct ledger_alert *a, int64_t now_us);

struct ledger_attempt {
  const char *message, *channel;
  const json_t *deliveries; /* [{"id", "service_name", "event"}]: whose state changes by it */
  unsigned attempt;
  int64_t began_us, duration_ms;
  const struct delivery *delivery;
  const char *state;  /* of the message from now on: "pending", "delivered", "failed", "given_up" */
  const char *reason; /* NULL: none */
  int64_t next_us;    /* 0: no further attempt */
};

/** Notes an attempt; returns the journal's seq. */
int64_t ledger_attempt(struct scheduler *s, const struct ledger_attempt *a);

/** A new key for a row or a message; returns id. */
const char *ledger_key(int64_t now_us, char id[static 27]);
