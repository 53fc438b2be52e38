/* signalbox audit verify: does the audit trail's chain of hashes hold? */
#include "base/db.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"

#define QUERY_MS 60000

static const char faults_sql[] = "SELECT id, fault FROM signalbox_audit_faults()";
static const char head_sql[] = "SELECT id, hash FROM audit_head";

static int verify(const char *database)
{
  struct err e;
  struct db *db = db_open(database);
  struct db_rows *faults = db_query(db, faults_sql, NULL, 0, QUERY_MS, &e),
                 *head = faults ? db_query(db, head_sql, NULL, 0, QUERY_MS, &e) : NULL;
  size_t n = faults ? db_rows_count(faults) : 0;
  int code = 2;
  if (!head) {
    fprintf(stderr, "signalbox audit: %s\n", e.text);
  } else {
    for (size_t i = 0; i < n; i++)
      printf("row %s: %s\n", db_rows_text(faults, i, 0), db_rows_text(faults, i, 1));
    if (!n)
      printf("the trail is whole: %s rows, the last one's hash is %s\n", db_rows_text(head, 0, 0), db_rows_text(head, 0, 1));
    code = n ? 1 : 0;
  }
  db_rows_free(head);
  db_rows_free(faults);
  db_close(db);
  return code;
}

int cmd_audit(int argc, char **argv)
{
  static const char usage[] =
      "usage: signalbox audit verify [options]   (exit status 0: the trail is whole, 1: it was tampered with, 2: not known)";
  const char *database = place_database();
  const struct option_row rows[] = {
    { "--database", "SIGNALBOX_DATABASE_URL", "CONNINFO", "Postgres, as libpq understands it", &database },
  };
  struct err e;
  int given;
  bool ok = options_read(argc, argv, 1, usage, rows, ARRAY_LEN(rows), &given, &e);
  if (ok && (given != 1 || strcmp(argv[1], "verify") != 0 || !database))
    ok = err_set(&e, "%s", usage);
  if (ok)
    return verify(database);
  fprintf(stderr, "signalbox audit: %s\n", e.text);
  return 2;
}
