/* A PostgreSQL connection that never blocks its loop: libpq on a poll handle. One command at a time, plus notifications.
 * Lives until pgconn_close, which may be called at any moment, in callbacks too; after it nothing is called any more. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct pgconn;
struct resolver;
/** libpq's PGresult, read through the functions below. */
struct pg_result;

/** In place of an SQLSTATE: no name service answered, so nothing is known about the server. */
#define PGCONN_RESOLVER_BROKEN "SBDNS"

/** Parameter formats: NULL values are NULL; format 0 is text, 1 is binary with its length. */
struct pgparam {
  const char *value;
  int length;
  int format;
  unsigned type; /* OID, 0: let the server infer it */
};

/** Answer to an open or a command. result is NULL when it failed; then why has the server's or libpq's sentence and sqlstate its
 * five letters ("" when there is none). The result is released after the call. */
typedef void (*pgconn_fn)(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why);
typedef void (*pgconn_notify_fn)(void *arg, const char *channel, const char *payload);
typedef void (*pgconn_lost_fn)(void *arg, const struct err *why);

/** Begins to connect (host names go through the resolver, libpq would block on them) and calls fn once, always later. timeout_ms bounds
 * the connecting. conninfo: a libpq connection string or URI. */
struct pgconn *pgconn_open(uv_loop_t *loop, struct resolver *resolver, const char *conninfo, int64_t timeout_ms, pgconn_fn fn, void *arg);
/** Where it is to: a name, an address, or the directory of a socket; NULL when nothing is said. */
const char *pgconn_host(const struct pgconn *c);
/** NULL is nothing. */
void pgconn_close(struct pgconn *c);

/** Sends one command with n parameters (at most 64); fn is called once, always later. name: NULL, or the name under which the statement is prepared
 * at its first use on this connection and then reused. timeout_ms bounds the answer; after a timeout the connection is broken.
 * One statement when there are parameters or a name; several, separated by semicolons, when there are neither. */
void pgconn_send(struct pgconn *c, const char *name, const char *sql, const struct pgparam *params, size_t n, int64_t timeout_ms,
                 pgconn_fn fn, void *arg);
/** Nothing pending and not broken. */
bool pgconn_is_idle(const struct pgconn *c);
/** Calls fn for each NOTIFY on channels that a LISTEN was sent for; and lost (NULL: nobody) once if the connection breaks while no command is under way,
 * which would tell of it. */
void pgconn_on_notify(struct pgconn *c, pgconn_notify_fn fn, pgconn_lost_fn lost, void *arg);

int pgresult_rows(const struct pg_result *r);
int pgresult_columns(const struct pg_result *r);
/** The value as text; NULL for SQL NULL. Valid as long as the result. */
const char *pgresult_text(const struct pg_result *r, int row, int column);
const char *pgresult_column_name(const struct pg_result *r, int column);
/** The column's type OID. */
unsigned pgresult_type(const struct pg_result *r, int column);
