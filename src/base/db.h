/* Postgres for programs that may wait, but never longer than they said: the API's workers and the operator's command.
 * libpq without blocking, polled up to a deadline: a server that is frozen, gone or out of connections costs the caller its deadline once, and
 * for a second afterwards the same sentence at once. Never logs; no sentence holds a password. One a process; released by db_close. */
#pragma once

#include "base/err.h"

struct db;
struct db_rows;

/** Remembers where; connects at the first query. */
struct db *db_open(const char *conninfo);
/** NULL is nothing. */
void db_close(struct db *db);

/** Asks one statement with n text parameters (NULL is NULL) and waits at most timeout_ms, connecting included. NULL with a sentence. */
struct db_rows *db_query(struct db *db, const char *sql, const char *const *params, size_t n, int64_t timeout_ms, struct err *e) MUST_CHECK;
/** Runs several statements separated by semicolons, as one transaction of their own. */
bool db_execute(struct db *db, const char *sql, int64_t timeout_ms, struct err *e) MUST_CHECK;
/** The five letters of the last failure; "" when the server said none (it could not be reached, or did not answer in time). */
const char *db_sqlstate(const struct db *db);

size_t db_rows_count(const struct db_rows *rows);
/** The value as text, NULL for NULL. Valid as long as the rows. */
const char *db_rows_text(const struct db_rows *rows, size_t row, size_t column);
/** NULL is nothing. */
void db_rows_free(struct db_rows *rows);
