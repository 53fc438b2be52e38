/* The outbox: messages on their way to channels, at least once each, kept in the journal (scope "send") until the provider has them, whether Postgres is
 * there or not.
 *
 * A message is first durable, then sent; at most one of a channel and address is on its way at a time, and the next one leaves when the outcome of the one
 * before is durable. So a crash repeats at most the message that was on the wire, with the same key. A provider that hangs delays its own messages
 * only. Messages of the same incident keep their order; others overtake one that waits for its next attempt. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct outbox;

struct outbox *outbox_new(struct scheduler *s);
/** At the start: what the journal has kept. */
bool outbox_restore(struct outbox *o, struct err *e) MUST_CHECK;
/** Its sends on their way are not waited for. The loop turns once more before outbox_free. */
void outbox_stop(struct outbox *o);
/** NULL is nothing. */
void outbox_free(struct outbox *o);

/** For so long a message is tried, milliseconds. */
void outbox_set_patience(struct outbox *o, int64_t ms);

/** Puts a message in. message: core/alert_message.h, without "attempt"; deliveries: [{"id", "service_name", "event"}], rows of the ledger. Both are
 * taken over. seq: the journal's newest note about it. */
void outbox_put(struct outbox *o, json_t *message, json_t *deliveries, int64_t seq);
/** The journal is durable up to seq, or something else has changed: sends what may go. */
void outbox_look(struct outbox *o);

/** {"pending", "last_proven_at", "last_error", "failing"} of a channel, to be released. */
json_t *outbox_channel(const struct outbox *o, const char *channel);
/** How many messages wait. */
size_t outbox_count(const struct outbox *o);
