/* The store: takes entries from the journal in order and puts them into Postgres, one transaction a batch, then acknowledges them.
 * Whether Postgres is up, gone, frozen or full changes only how far behind it is: nothing upstream waits for it.
 *
 * A replay is harmless: the transaction also records (journal_id, seq) in journal_positions and skips what is already there.
 * When a batch is refused for its content (SQLSTATE class 22, 23, 44, 54 or P0), it is split until the bad entry stands alone; that one is set aside
 * in the log and in the journal's `rejected` table, and the rest goes on. Lives as long as the scheduler. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct journal;
struct resolver;
struct store;

/** Starts connecting. conninfo as in libpq. */
struct store *store_new(uv_loop_t *loop, struct resolver *resolver, struct journal *journal, const char *conninfo);
/** NULL is nothing. A transaction under way is abandoned; the journal still has it. */
void store_free(struct store *s);

/** How long rows are kept in Postgres, milliseconds; from the next maintenance on, which is soon. */
void store_set_retention(struct store *s, int64_t raw_keep_ms, int64_t hourly_keep_ms);

/** The journal has new durable entries. */
void store_kick(struct store *s);

struct store_state {
  bool connected;
  int64_t stored_seq;       /* Postgres has everything up to here */
  int64_t stored_entries;   /* since start */
  int64_t failing_since_us; /* 0: it works */
  const char *error;        /* the last failure, "" while it works */
};
struct store_state store_state(const struct store *s);

/** Calls fn(arg) once Postgres has everything up to seq (at once when it has). Used by `sync`. False, and fn is not called: STORE_WAITERS_CAP wait. */
#define STORE_WAITERS_CAP 1000
bool store_when_stored(struct store *s, int64_t seq, void (*fn)(void *arg), void *arg) MUST_CHECK;
