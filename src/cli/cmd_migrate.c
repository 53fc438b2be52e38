/* signalbox migrate: brings the database's schema up to the files of migrations/, forward only, under a lock.
 * Each file is applied in a transaction of its own and remembered with its checksum; a file that was changed after it was applied is refused. */
#include <dirent.h>
#include <errno.h>

#include "base/db.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"

/** Largest migration, bytes, and how long one may take, milliseconds. */
#define FILE_CAP (1024 * 1024)
#define FILE_MS 3600000
#define SHORT_MS 30000
#define GRANTS "grants.sql"

static const char make_ledger[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                  " version TEXT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,"
                                  " applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW())";
/* Any two that migrate this database wait for each other. The lock is the session's and goes with it. */
static const char take_lock[] = "SELECT pg_advisory_lock(hashtext('signalbox migrate'))";
static const char read_ledger[] = "SELECT version, checksum, name FROM schema_migrations ORDER BY version";

struct migration {
  char *file; /* "20261124100000_create_health_checks.sql" */
  char version[15];
  char *text;
  char checksum[DIGEST_SIZE];
};

struct migrations {
  struct migration *list;
  size_t count;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

/* YYYYMMDDHHMMSS_name.sql */
static int is_migration(const struct dirent *entry)
{
  const char *name = entry->d_name;
  size_t n = strlen(name);
  return n > 19 && strspn(name, "0123456789") == 14 && name[14] == '_' && strcmp(name + n - 4, ".sql") == 0;
}

static bool read_migration(const char *dir, const char *file, struct migration *m, struct err *e)
{
  char *path = mem_printf("%s/%s", dir, file);
  size_t len = 0;
  m->text = file_read(path, FILE_CAP, &len, e);
  free(path);
  if (!m->text)
    return false;
  m->file = mem_copy_text(file);
  snprintf(m->version, sizeof m->version, "%.14s", file);
  digest_sha256(m->text, len, m->checksum);
  return true;
}

static bool read_directory(const char *dir, struct migrations *all, struct err *e)
{
  struct dirent **entries;
  int n = scandir(dir, &entries, is_migration, by_name);
  if (n < 0)
    return err_set(e, "%s: %s", dir, strerror(errno));
  bool ok = n > 0 || err_set(e, "%s: there are no migrations in it", dir);
  all->list = mem_new((size_t)n, sizeof *all->list);
  for (int i = 0; i < n; i++) {
    if (ok)
      ok = read_migration(dir, entries[i]->d_name, &all->list[all->count], e);
    all->count += ok;
    free(entries[i]);
  }
  free(entries);
  for (size_t i = 1; ok && i < all->count; i++)
    if (strcmp(all->list[i - 1].version, all->list[i].version) == 0)
      ok = err_set(e, "%s and %s have the same version; give one of them a later one", all->list[i - 1].file, all->list[i].file);
  return ok;
}

static void release(struct migrations *all)
{
  for (size_t i = 0; i < all->count; i++) {
    free(all->list[i].file);
    free(all->list[i].text);
  }
  free(all->list);
}

static const struct migration *find(const struct migrations *all, const char *version)
{
  for (size_t i = 0; i < all->count; i++)
    if (strcmp(all->list[i].version, version) == 0)
      return &all->list[i];
  return NULL;
}

/* What the database says was applied has to be there, and unchanged. */
static bool check_ledger(const struct migrations *all, const struct db_rows *ledger, struct err *e)
{
  for (size_t i = 0; i < db_rows_count(ledger); i++) {
    const char *version = db_rows_text(ledger, i, 0);
    const struct migration *m = find(all, version);
    if (!m)
      return err_set(e, "the database is at migration %s (%s), which this Signalbox does not know: it belongs to a newer one", version,
                     db_rows_text(ledger, i, 2));
    if (strcmp(m->checksum, db_rows_text(ledger, i, 1)) != 0)
      return err_set(e, "%s was changed after it had been applied; put it back as it was and write a new migration instead", m->file);
  }
  return true;
}

static bool is_applied(const struct db_rows *ledger, const char *version)
{
  for (size_t i = 0; i < db_rows_count(ledger); i++)
    if (strcmp(db_rows_text(ledger, i, 0), version) == 0)
      return true;
  return false;
}

/* The file and its line in the ledger, or neither. */
static bool apply(struct db *db, const struct migration *m, struct err *e)
{
  const char *const params[] = { m->version, m->file, m->checksum };
  bool ok = db_execute(db, "BEGIN", SHORT_MS, e) && db_execute(db, m->text, FILE_MS, e);
  struct db_rows *rows = NULL;
  if (ok) {
    rows =
        db_query(db, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", params, ARRAY_LEN(params), SHORT_MS, e);
    ok = rows && db_execute(db, "COMMIT", SHORT_MS, e);
    db_rows_free(rows);
  }
  if (ok) {
    printf("applied %s\n", m->file);
    return true;
  }
  struct err unused; /* when this fails too, the connection has gone and the transaction with it */
  (void)!db_execute(db, "ROLLBACK", SHORT_MS, &unused);
  return err_context(e, "%s", m->file);
}

static bool apply_missing(struct db *db, const struct migrations *all, struct err *e)
{
  struct db_rows *ledger = db_query(db, read_ledger, NULL, 0, SHORT_MS, e);
  bool ok = ledger && check_ledger(all, ledger, e);
  bool any = false;
  for (size_t i = 0; ok && i < all->count; i++) {
    if (is_applied(ledger, all->list[i].version))
      continue;
    ok = apply(db, &all->list[i], e);
    any = true;
  }
  db_rows_free(ledger);
  if (ok && !any)
    printf("the schema is current, at %s\n", all->list[all->count - 1].version);
  return ok;
}

/* Run every time: a role may have come since. */
static bool grant(struct db *db, const char *dir, struct err *e)
{
  char *path = mem_printf("%s/%s", dir, GRANTS);
  char *text = file_read(path, FILE_CAP, NULL, e);
  bool ok = text && db_execute(db, text, SHORT_MS, e);
  free(path);
  free(text);
  return ok;
}

static bool migrate(const char *conninfo, const char *dir, struct err *e)
{
  struct migrations all = { 0 };
  struct db *db = db_open(conninfo);
  struct db_rows *lock = NULL;
  bool ok = read_directory(dir, &all, e);
  if (ok) {
    lock = db_query(db, take_lock, NULL, 0, FILE_MS, e);
    ok = lock && db_execute(db, make_ledger, SHORT_MS, e) && apply_missing(db, &all, e) && grant(db, dir, e);
  }
  db_rows_free(lock);
  db_close(db);
  release(&all);
  return ok;
}

int cmd_migrate(int argc, char **argv)
{
  const char *database = place_database(), *dir = "migrations";
  const struct option_row rows[] = {
    { "--database", "SIGNALBOX_DATABASE_URL", "CONNINFO", "Postgres, as its owner", &database },
    { "--migrations", NULL, "DIR", "where the files are", &dir },
  };
  struct err e;
  if (!options_read(argc, argv, 1, "usage: signalbox migrate [options]", rows, ARRAY_LEN(rows), NULL, &e) ||
      (!database && !err_set(&e, "where is Postgres? Say --database CONNINFO; a private cluster is looked for in $SIGNALBOX_STATE/pg"))) {
    fprintf(stderr, "signalbox migrate: %s\n", e.text);
    return 2;
  }
  if (migrate(database, dir, &e))
    return 0;
  fprintf(stderr, "signalbox migrate: %s\n", e.text);
  return 1;
}
