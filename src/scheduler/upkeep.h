/* What keeps the tables of Postgres in order between batches: partitions made ahead, finished hours rolled up, old partitions dropped. One chore at a
 * time, small enough that batches hardly wait for it. A chore that fails rests: results are stored all the same. Knows SQL, no connection. */
#pragma once

#include "loop/pgconn.h"

#define UPKEEP_PARAMS 2
/** A chore may take longer than a batch, milliseconds. */
#define UPKEEP_ANSWER_MS 30000

struct upkeep {
  int64_t raw_keep_ms, hourly_keep_ms;
  size_t chore;   /* the next one */
  int64_t due_ms; /* when, monotonic; 0: now */
  bool resting;   /* because the last one failed */
};

/** Before the first batch of a connection: the partitions that it will need must be there. */
void upkeep_begin(struct upkeep *u);
/** How long rows are kept; a change is acted on soon. */
void upkeep_set_retention(struct upkeep *u, int64_t raw_keep_ms, int64_t hourly_keep_ms);

bool upkeep_is_due(const struct upkeep *u, int64_t now_ms);

/** The next chore. It answers with one number. */
struct upkeep_statement {
  const char *sql;
  struct pgparam params[UPKEEP_PARAMS];
  size_t count;
  char texts[UPKEEP_PARAMS][40];
};
/** oldest_us: of what waits in the journal, 0: nothing does. The statement must not be moved while it is used. */
void upkeep_next(const struct upkeep *u, int64_t oldest_us, struct upkeep_statement *statement);

/** It was done and answered with that number. */
void upkeep_done(struct upkeep *u, int64_t number, int64_t now_ms);
/** It failed: the next one has its turn a minute later, this one after them. */
void upkeep_failed(struct upkeep *u, int64_t now_ms);
