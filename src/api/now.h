/* The present: the scheduler's own word over the control socket, else Postgres's copy of it (the table services) with everything marked stale.
 * Neither may cost a request more than its time. */
#pragma once

#include <jansson.h>

#include "api/api.h"
#include "api/cards.h"

enum now_outcome {
  NOW_KNOWN,   /* *json (or *head) is there, to be released */
  NOW_UNKNOWN, /* there is no such service */
  NOW_SILENT,  /* neither the scheduler nor Postgres answers: *e has both sentences */
};

/** Appends the cards of every service, a JSON array, to cards, with what fn adds to each, and gives everything else as *head: {"source" ("scheduler" or
 * "database"), "generated_at", "status", "ready", "blocking" ...}. */
enum now_outcome now_overview(struct api *a, const struct request *q, struct buf *cards, cards_fn fn, void *arg, json_t **head,
                              struct err *e) MUST_CHECK;
/** The startup checklist with its gate: {"source","all_passed","ready","gate","checks","history"}. Of the copy in Postgres nothing has passed: what was
 * is not known to be so now. */
enum now_outcome now_checklist(struct api *a, const struct request *q, json_t **json, struct err *e) MUST_CHECK;
/** The card of one service with measures, limits and declaration, and "source". */
enum now_outcome now_service(struct api *a, const struct request *q, const char *name, json_t **json, struct err *e) MUST_CHECK;
/** The scheduler's overview, without going to Postgres; NULL when it is silent. To be released. */
json_t *now_from_scheduler(struct api *a, const struct request *q, struct err *e) MUST_CHECK;

/** What the scheduler says of itself: its files, runners, journal, store; NULL when it is silent. To be released. */
json_t *now_status(struct api *a, const struct request *q, struct err *e) MUST_CHECK;

/** Milliseconds that a request may still spend on the next thing that it asks for, at most most_ms; at least 1. */
int64_t now_left_ms(const struct request *q, int64_t most_ms);
