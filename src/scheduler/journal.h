/* The journal: a SQLite database (WAL, synchronous=FULL) beside the scheduler. Everything that happened goes in here first and leaves
 * when Postgres has it; the path is the same whether Postgres is up or down. It also keeps states (of services, of what is to be sent, of the
 * gate), so that a restart goes on. All that is noted in one turn of the loop is written in one transaction.
 *
 * journal_add and journal_keep_state only note down; every JOURNAL_BATCH_MS what was noted is written in one transaction on libuv's
 * thread pool, and then the durable callback is called. One writer, in order. Lives as long as the scheduler. */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "core/status.h"

#define JOURNAL_BATCH_MS 100

enum entry_kind {
  ENTRY_RESULT,     /* one row of health_checks */
  ENTRY_TRANSITION, /* the service's open window ends at at_us; one of `status` begins, or a hole when it is STATUS_NO_DATA */
  ENTRY_SERVICE,    /* the catalogue's row: body is {"title","group","critical","declaration":{...},"file"}; NULL: retired */
  ENTRY_NO_DATA,    /* a run without data: `error` says why; shown beside the service, no row in health_checks */
  ENTRY_NOTE        /* any other fact, for the SQL function signalbox_note_<note>(service, body, at_us) that a migration defines */
};

/** One thing that happened. Texts are the owner's. Fields that a kind does not use are zero. */
struct entry {
  int64_t seq; /* given by the journal: 1, 2, 3 ... never reused */
  enum entry_kind kind;
  const char *service; /* of a note: what it is about, "" for nothing in particular */
  const char *note;    /* of ENTRY_NOTE: which fact, such as "audit" */
  enum status status;
  int64_t latency_ms; /* -1: none */
  const char *error;  /* NULL: none */
  const char *body;   /* JSON text; measures of a result, NULL: none */
  int64_t at_us;
};

/** A copy that owns its texts, and their release. */
struct entry entry_copy(const struct entry *e);
void entry_free_texts(const struct entry *e);

struct journal;

/** Everything up to and including seq is durable now. Called on the loop's thread. */
typedef void (*journal_durable_fn)(void *arg, int64_t seq);

/** Opens or makes the file; refuses one of a newer format. */
struct journal *journal_open(uv_loop_t *loop, const char *path, journal_durable_fn fn, void *arg, struct err *e) MUST_CHECK;
/** Writes what is noted, waiting for it, and closes. NULL is nothing. */
void journal_close(struct journal *j);

/** A random name of this file, made with it: with it and a seq Postgres knows what it already has. */
const char *journal_id(const struct journal *j);

/** Notes an entry (copied) and returns its seq. */
int64_t journal_add(struct journal *j, const struct entry *entry);
/** Notes a state, replacing the one before; NULL removes it. A scope is a namespace of keys, such as "service". The texts are copied. */
void journal_keep_state(struct journal *j, const char *scope, const char *key, const char *json);
/** Notes that the scheduler was alive at that wall time (cheap; written with the next batch). */
void journal_keep_alive_stamp(struct journal *j, int64_t wall_us);

/** At start: every kept state of the scope, in the order of keys; and the last alive stamp (0: none). */
bool journal_each_state(struct journal *j, const char *scope, void (*fn)(void *arg, const char *key, const char *json), void *arg,
                        struct err *e) MUST_CHECK;
int64_t journal_last_alive_us(const struct journal *j);

/** Up to most durable entries after seq, in order, read on the thread pool; fn is called on the loop with an array that is valid during the
 * call (n = 0: there are none). At most one read at a time. */
typedef void (*journal_read_fn)(void *arg, const struct entry *entries, size_t n);
void journal_read(struct journal *j, int64_t after_seq, size_t most, journal_read_fn fn, void *arg);
/** The read under way, if any, is not answered. */
void journal_cancel_read(struct journal *j);
/** Postgres has everything up to seq: it goes, with the next batch. */
void journal_acknowledge(struct journal *j, int64_t seq);

/** Most plain results (and runs without data) that are kept: beyond it the oldest go first, changes of status, services and notes never. */
void journal_set_cap(struct journal *j, int64_t results);

/** Postgres refuses this entry for what is in it: it is kept in the table `rejected` (the last 10,000 are) with the reason
 * and goes from the queue. */
void journal_set_aside(struct journal *j, const struct entry *entry, const char *why);

/** For status and metrics. */
struct journal_depth {
  int64_t entries;   /* written and not acknowledged */
  int64_t oldest_us; /* at_us of the first of them, 0: none */
  int64_t last_seq;  /* newest given out */
  int64_t durable_seq;
  int64_t dropped;   /* results that went for the cap since the start */
  int64_t set_aside; /* entries that Postgres refused since the start */
};
struct journal_depth journal_depth(const struct journal *j);
/** The last error of writing ("" when the last batch was written): disk full, I/O. Batches are kept and retried. */
const char *journal_error(const struct journal *j);
