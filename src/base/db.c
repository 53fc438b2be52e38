#include "base/db.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"

/** After a failure to connect or to be answered no new attempt is made for so long, milliseconds. */
#define REST_MS 1000

struct db {
  char *conninfo;
  PGconn *pg;         /* NULL: not connected */
  int64_t resting_ms; /* until when no attempt is made, monotonic */
  struct err last;    /* why */
  char sqlstate[6];
};

struct db_rows {
  PGresult *result;
};

struct db *db_open(const char *conninfo)
{
  struct db *db = MEM_NEW(struct db);
  db->conninfo = mem_copy_text(conninfo);
  return db;
}

static void disconnect(struct db *db)
{
  PQfinish(db->pg);
  db->pg = NULL;
}

void db_close(struct db *db)
{
  if (!db)
    return;
  disconnect(db);
  free(db->conninfo);
  free(db);
}

const char *db_sqlstate(const struct db *db)
{
  return db->sqlstate;
}

/* libpq's sentences have several lines; the first says it. */
static bool say(struct err *e, const char *text)
{
  return err_set(e, "%.*s", (int)strcspn(text, "\n"), text);
}

/* The server is not there: the same is said at once until it has rested. */
static bool give_up(struct db *db, struct err *e)
{
  disconnect(db);
  db->sqlstate[0] = '\0';
  db->last = *e;
  db->resting_ms = clock_mono_ms() + REST_MS;
  return false;
}

/* Waits for the socket; false when the deadline has come. */
static bool wait_for(struct db *db, short events, int64_t deadline_ms)
{
  struct pollfd p = { .fd = PQsocket(db->pg), .events = events };
  for (;;) {
    int64_t left_ms = deadline_ms - clock_mono_ms();
    if (left_ms <= 0)
      return false;
    int n = poll(&p, 1, left_ms > 60000 ? 60000 : (int)left_ms);
    if (n > 0 || (n < 0 && errno != EINTR))
      return true;
  }
}

static void no_notice(void *arg, const PGresult *result)
{
  (void)arg;
  (void)result;
}

static bool connect_until(struct db *db, int64_t deadline_ms, struct err *e)
{
  db->pg = PQconnectStart(db->conninfo);
  if (!db->pg || PQstatus(db->pg) == CONNECTION_BAD)
    return say(e, db->pg ? PQerrorMessage(db->pg) : "out of memory");
  PQsetNoticeReceiver(db->pg, no_notice, NULL);
  for (PostgresPollingStatusType step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK; step = PQconnectPoll(db->pg)) {
    if (step == PGRES_POLLING_FAILED)
      return say(e, PQerrorMessage(db->pg));
    if (!wait_for(db, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms))
      return err_set(e, "Postgres did not let us in within the time there was");
  }
  PQsetnonblocking(db->pg, 1);
  return true;
}

/* A server that was restarted has said good-bye on the connection that was kept: an idle one has nothing to read. */
static bool is_usable(const struct db *db)
{
  struct pollfd p = { .fd = PQsocket(db->pg), .events = POLLIN };
  return PQstatus(db->pg) == CONNECTION_OK && poll(&p, 1, 0) == 0;
}

/* Sends what is left and reads until the command's results are all in; the first error or the last result is in *result. */
static bool converse(struct db *db, int64_t deadline_ms, PGresult **result, struct err *e)
{
  int unsent;
  *result = NULL;
  for (;;) {
    unsent = PQflush(db->pg);
    if (unsent < 0 || !PQconsumeInput(db->pg))
      return say(e, PQerrorMessage(db->pg));
    while (!unsent && !PQisBusy(db->pg)) {
      PGresult *r = PQgetResult(db->pg);
      if (!r)
        return true;
      bool keep = !*result || PQresultStatus(*result) != PGRES_FATAL_ERROR;
      PQclear(keep ? *result : r);
      *result = keep ? r : *result;
    }
    if (!wait_for(db, unsent ? POLLIN | POLLOUT : POLLIN, deadline_ms))
      return err_set(e, "Postgres did not answer within the time there was");
  }
}

/* Postgres would compile a statement that it takes to be expensive, for half a second, to save milliseconds of what is asked here. As a statement, and not
 * as an option of the connection: pooling proxies refuse those. A server that does not know the setting goes without. */
static bool settle(struct db *db, int64_t deadline_ms, struct err *e)
{
  PGresult *result;
  if (!PQsendQuery(db->pg, "SET jit = off"))
    return say(e, PQerrorMessage(db->pg));
  bool ok = converse(db, deadline_ms, &result, e);
  PQclear(result);
  return ok;
}

static bool need_connection(struct db *db, int64_t deadline_ms, struct err *e)
{
  if (db->pg && is_usable(db))
    return true;
  disconnect(db);
  if (clock_mono_ms() < db->resting_ms) {
    *e = db->last;
    db->sqlstate[0] = '\0';
    return false;
  }
  /* A password in a connection string that libpq cannot read must not come back in its complaint. */
  PQconninfoOption *options = PQconninfoParse(db->conninfo, NULL);
  if (!options)
    return err_set(e, "the connection string is not understood; write postgresql://user@host:port/database or key=value pairs");
  PQconninfoFree(options);
  return (connect_until(db, deadline_ms, e) && settle(db, deadline_ms, e)) || give_up(db, e);
}

/* A result, or a sentence and the SQLSTATE. */
static PGresult *conclude(struct db *db, int64_t deadline_ms, struct err *e)
{
  PGresult *result;
  if (!converse(db, deadline_ms, &result, e)) {
    PQclear(result);
    give_up(db, e);
    return NULL;
  }
  ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
    return result;
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  snprintf(db->sqlstate, sizeof db->sqlstate, "%s", state ? state : "");
  say(e, primary ? primary : PQerrorMessage(db->pg));
  PQclear(result);
  return NULL;
}

struct db_rows *db_query(struct db *db, const char *sql, const char *const *params, size_t n, int64_t timeout_ms, struct err *e)
{
  int64_t deadline_ms = clock_mono_ms() + timeout_ms;
  db->sqlstate[0] = '\0';
  if (!need_connection(db, deadline_ms, e))
    return NULL;
  if (!PQsendQueryParams(db->pg, sql, (int)n, NULL, params, NULL, NULL, 0)) {
    say(e, PQerrorMessage(db->pg));
    give_up(db, e);
    return NULL;
  }
  PGresult *result = conclude(db, deadline_ms, e);
  if (!result)
    return NULL;
  struct db_rows *rows = MEM_NEW(struct db_rows);
  rows->result = result;
  return rows;
}

bool db_execute(struct db *db, const char *sql, int64_t timeout_ms, struct err *e)
{
  int64_t deadline_ms = clock_mono_ms() + timeout_ms;
  db->sqlstate[0] = '\0';
  if (!need_connection(db, deadline_ms, e))
    return false;
  if (!PQsendQuery(db->pg, sql)) {
    say(e, PQerrorMessage(db->pg));
    return give_up(db, e);
  }
  PGresult *result = conclude(db, deadline_ms, e);
  PQclear(result);
  return result != NULL;
}

size_t db_rows_count(const struct db_rows *rows)
{
  return (size_t)PQntuples(rows->result);
}

const char *db_rows_text(const struct db_rows *rows, size_t row, size_t column)
{
  return PQgetisnull(rows->result, (int)row, (int)column) ? NULL : PQgetvalue(rows->result, (int)row, (int)column);
}

void db_rows_free(struct db_rows *rows)
{
  if (!rows)
    return;
  PQclear(rows->result);
  free(rows);
}
