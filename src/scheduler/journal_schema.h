/* The tables of the journal's file, of this and of earlier formats, and the two short ways through SQLite that need no prepared statement. */
#pragma once

#include "base/err.h"

struct sqlite3;

/** Makes the tables of a new file, brings one of an earlier format forward; refuses one of another program or of a newer version. */
bool journal_schema_make(struct sqlite3 *db, const char *path, struct err *e) MUST_CHECK;

/** Statements without parameters or rows. */
bool journal_execute(struct sqlite3 *db, const char *sql, struct err *e) MUST_CHECK;
/** The first column of the first row; 0 when there is none. */
bool journal_read_number(struct sqlite3 *db, const char *sql, int64_t *number, struct err *e) MUST_CHECK;
