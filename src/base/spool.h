/* Rows for the audit trail, written by programs that do not wait for the scheduler: a directory with a small file a row. What somebody is about to do is
 * noted before it is done, hidden (its name begins with a dot), and shown when it is done. The scheduler takes rows up and removes each when it is
 * durable in the journal. One that stays hidden is of something of which nobody knows what came of it. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** What the directory is called, beside the file or directory that is changed. */
#define SPOOL_NAME "audit-spool"

struct spool_row;

/** Notes what is about to be done; durable when it returns. NULL with a sentence: then it must not be done. The directory is made when there is none. */
struct spool_row *spool_note(const char *directory, const json_t *row, struct err *e) MUST_CHECK;
/** It was done; or it was not, and nothing is left of the row. Frees it. */
bool spool_end(struct spool_row *row, bool done, struct err *e) MUST_CHECK;

/** row: borrowed; its file is path. done: false for one that has been hidden for a minute. */
typedef void (*spool_fn)(void *arg, const char *path, const json_t *row, bool done);
/** Tells of each row, the oldest first. A directory that is not there has none. False when one of them could not be read, after all the others. */
bool spool_each(const char *directory, spool_fn fn, void *arg, struct err *e) MUST_CHECK;
