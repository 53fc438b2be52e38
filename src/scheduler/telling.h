/* From a decision of the policy to a message in the outbox and its rows in the ledger. What is decided in one turn of the loop becomes durable together. */
#pragma once

#include <jansson.h>

#include "core/alert_board.h"
#include "scheduler/scheduler.h"

/** Puts one message into the outbox, with a row for each of its alerts. */
void telling_send(struct scheduler *s, const struct alert_target *target, const struct board_item *items, size_t n, size_t more);
/** A row for an alert that is held back, with the reason. */
void telling_hold(struct scheduler *s, const struct alert_target *target, const struct board_item *item, enum alert_hold why);
/** The page is told of a transition at once: the row is what it shows. */
void telling_page(struct scheduler *s, const struct service *service, const struct alert *alert, enum alert_event event);

/** Sends a marked test through the whole path to each of the channels (texts; NULL: those of the service). A new object {"drill", "sends": [ids]}; NULL with
 * a sentence. */
json_t *telling_drill(struct scheduler *s, const struct service *service, const json_t *channels, struct err *e) MUST_CHECK;
