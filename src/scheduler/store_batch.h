/* A batch of journal entries as the statements that put it into Postgres: which ones, in which order, with which columns.
 * Knows SQL and arrays, no connection. Texts are borrowed from the entries; the columns live until store_batch_done. */
#pragma once

#include "scheduler/journal.h"
#include "scheduler/pgarray.h"

#define STORE_COLUMNS 7

/** One prepared statement and its arrays. */
struct store_statement {
  const char *name, *sql;
  struct pgarray columns[STORE_COLUMNS];
  size_t column_count;
  size_t rows; /* 0: nothing to do, not sent */
};

/** In this order within one transaction. */
enum { STORE_SERVICES, STORE_RESULTS, STORE_LATEST, STORE_NO_DATA, STORE_TRANSITIONS, STORE_REWIND, STORE_NOTES, STORE_STATEMENTS };

struct store_batch {
  struct store_statement statements[STORE_STATEMENTS];
};

/** How many of the first entries may share a transaction, at least 1 of n: statements take all entries of a kind at once, so what changes the meaning
 * of stamps (the note "clock") stands alone between what happened before it and what happened after. */
size_t store_batch_reach(const struct entry *entries, size_t n);

void store_batch_init(struct store_batch *b, const struct entry *entries, size_t n);
void store_batch_done(struct store_batch *b);
