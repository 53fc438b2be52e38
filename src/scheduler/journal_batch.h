/* What the journal has noted and not yet written: entries in order, the newest state of each key. Memory only; used by journal.c alone. */
#pragma once

#include <uthash.h>

#include "scheduler/journal.h"

/** An entry that owns its texts. */
struct noted {
  struct noted *next;
  struct entry entry;
  char *why; /* set aside: the reason; NULL: an ordinary entry */
};

struct noted_state {
  char *scope, *key; /* key: its name in the scope, behind it in the same text */
  char *json;        /* NULL: remove */
  UT_hash_handle hh;
};

/** What one transaction writes. */
struct batch {
  struct noted *first, **last;
  struct noted_state *states;
  int64_t alive_us;     /* 0: not noted */
  int64_t acknowledged; /* 0: nothing */
  int64_t last_seq;     /* of its entries, 0: it has none */
  size_t count;
  bool any;
};

void batch_init(struct batch *b);
/** Releases what it holds and empties it. */
void batch_done(struct batch *b);
/** Moves everything from one to the other, which is empty. */
void batch_move(struct batch *to, struct batch *from);

/** Copies the entry; why: set aside for that reason, NULL: an ordinary one. */
void batch_add(struct batch *b, const struct entry *entry, const char *why);
/** Copies a state over the one before. */
void batch_keep_state(struct batch *b, const char *scope, const char *key, const char *json);
