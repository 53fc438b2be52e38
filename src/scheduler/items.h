/* The preflights and channels that files declare, by name: the catalogue of what is not watched but used. Each name belongs to one file.
 * Whoever uses them looks them up when it needs them, and is told nothing: a change takes effect at the next use. */
#pragma once

#include <jansson.h>
#include <uthash.h>

#include "base/err.h"
#include "core/item.h"
#include "scheduler/pool.h"
#include "scheduler/scheduler.h"

struct item {
  enum item_kind kind;
  const char *name;    /* in the declaration */
  char *file;          /* that declares it */
  json_t *declaration; /* complete (core/item.h) */
  UT_hash_handle hh;
};

/** The item of that name; NULL. */
struct item *items_find(const struct scheduler *s, enum item_kind kind, const char *name);

/** One of its functions, with an argument (borrowed; NULL: none), for pool_do; it has the time that the item declares. */
struct deed items_deed(const struct item *item, const char *what, const json_t *argument);

/** May the file declare these (arrays of declarations by kind)? Not when another file that is still there declares one of them. */
bool items_check(const struct scheduler *s, const char *file, const json_t *const declared[ITEM_KINDS], struct err *e) MUST_CHECK;
/** The file now declares exactly these; an array that is NULL is empty. */
void items_take(struct scheduler *s, const char *file, const json_t *const declared[ITEM_KINDS]);
/** The file is gone, and with it what it declared. */
void items_drop_file(struct scheduler *s, const char *file);
/** Sets the lists "preflights" and "channels": the names that the file declares. */
void items_list_file(const struct scheduler *s, const char *file, json_t *json);
/** Releases all. */
void items_free(struct scheduler *s);
