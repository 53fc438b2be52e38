#include "scheduler/journal_schema.h"

#include <sqlite3.h>

/** "SBOX": this is a journal of ours. */
#define APPLICATION_ID 0x53424f58
#define FORMAT_VERSION 2

static const char schema[] =
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, service TEXT NOT NULL, status INTEGER NOT NULL,"
    "  latency_ms INTEGER NOT NULL, error TEXT, body TEXT, at_us INTEGER NOT NULL, note TEXT);"
    "CREATE TABLE rejected (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, service TEXT NOT NULL, status INTEGER NOT NULL,"
    "  latency_ms INTEGER NOT NULL, error TEXT, body TEXT, at_us INTEGER NOT NULL, note TEXT, why TEXT NOT NULL);"
    "CREATE TABLE states (scope TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;"
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('id', lower(hex(randomblob(16)))), ('alive_us', 0);";

/* From format 1, which knew services only. */
static const char from_format_1[] =
    "ALTER TABLE entries ADD COLUMN note TEXT;"
    "ALTER TABLE rejected ADD COLUMN note TEXT;"
    "ALTER TABLE states RENAME TO service_states;"
    "CREATE TABLE states (scope TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;"
    "INSERT INTO states SELECT 'service', service, json FROM service_states;"
    "DROP TABLE service_states;"
    "PRAGMA user_version = 2;";

bool journal_execute(struct sqlite3 *db, const char *sql, struct err *e)
{
  return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || err_set(e, "journal: %s", sqlite3_errmsg(db));
}

bool journal_read_number(struct sqlite3 *db, const char *sql, int64_t *number, struct err *e)
{
  sqlite3_stmt *s;
  if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s", sqlite3_errmsg(db));
  *number = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  return true;
}

/* A new file gets its tables; one of another program or of a newer version is left alone. */
bool journal_schema_make(struct sqlite3 *db, const char *path, struct err *e)
{
  int64_t application = 0, version = 0, tables = 0;
  if (!journal_read_number(db, "PRAGMA application_id", &application, e) || !journal_read_number(db, "PRAGMA user_version", &version, e) ||
      !journal_read_number(db, "SELECT count(*) FROM sqlite_master", &tables, e))
    return false;
  if (!tables) {
    char marks[128];
    snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, FORMAT_VERSION);
    return journal_execute(db, "BEGIN", e) && journal_execute(db, schema, e) && journal_execute(db, marks, e) &&
           journal_execute(db, "COMMIT", e);
  }
  if (application != APPLICATION_ID)
    return err_set(e, "journal: %s is a SQLite database, but not a journal of Signalbox; choose another path", path);
  if (version > FORMAT_VERSION)
    return err_set(e, "journal: %s was written by a newer Signalbox (format %d, this one knows %d)", path, (int)version, FORMAT_VERSION);
  if (version == 1)
    return journal_execute(db, "BEGIN", e) && journal_execute(db, from_format_1, e) && journal_execute(db, "COMMIT", e);
  return true;
}
