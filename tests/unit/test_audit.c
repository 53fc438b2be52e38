/* The audit trail in a real Postgres: rows are added and nothing else, and whoever changes one all the same is found out. */
#include <criterion/criterion.h>

#include "base/db.h"
#include "cli/cli.h"
#include "postgres.h"

static struct postgres pg;
static struct db *db;

static void set_up(void)
{
  postgres_make(&pg);
  char *argv[] = { (char[]){ "migrate" }, (char[]){ "--database" }, pg.conninfo, (char[]){ "--migrations" }, (char[]){ "migrations" } };
  cr_assert_eq(cmd_migrate(5, argv), 0);
  db = db_open(pg.conninfo);
}

static void tear_down(void)
{
  db_close(db);
  postgres_remove(&pg);
}

static void run(const char *sql)
{
  struct err e;
  cr_assert(db_execute(db, sql, 10000, &e), "%s: %s", sql, e.text);
}

static void refused(const char *sql)
{
  struct err e;
  cr_assert_not(db_execute(db, sql, 10000, &e), "%s", sql);
}

/* Every fault that is found: "2: it was altered". */
static const char *faults(void)
{
  static char text[512];
  struct err e;
  struct db_rows *rows = db_query(
      db, "SELECT coalesce(string_agg(id || ': ' || fault, '; ' ORDER BY id), '') FROM signalbox_audit_faults()", NULL, 0, 10000, &e);
  cr_assert_not_null(rows, "%s", e.text);
  snprintf(text, sizeof text, "%s", db_rows_text(rows, 0, 0));
  db_rows_free(rows);
  return text;
}

Test(audit, is_append_only_and_whoever_changes_it_is_found_out, .init = set_up, .fini = tear_down)
{
  run("SELECT signalbox_audit('admin', '127.0.0.1', 'restart', 'comfyui-' || n, jsonb_build_object('n', n), 'done') FROM "
      "generate_series(1, 6) n");
  run("SELECT signalbox_note('audit', 'disk', '{\"actor\": \"signalbox\", \"action\": \"ready\"}', now() - interval '1 hour')");
  cr_assert_str_eq(faults(), "");
  refused("UPDATE audit_log SET actor = 'nobody'");
  refused("DELETE FROM audit_log");
  refused("TRUNCATE audit_log");
  run("SET TimeZone = 'Asia/Tokyo'"); /* no setting of a session changes what a row hashes to */
  cr_assert_str_eq(faults(), "");

  /* Somebody with the owner's rights gives himself more. */
  run("GRANT UPDATE, DELETE ON audit_log TO CURRENT_USER");
  refused("UPDATE audit_log SET actor = 'nobody' WHERE id = 2");
  run("ALTER TABLE audit_log DISABLE TRIGGER USER");
  run("UPDATE audit_log SET actor = 'nobody' WHERE id = 2");
  cr_assert_str_eq(faults(), "2: it was altered");
  run("UPDATE audit_log SET actor = 'admin' WHERE id = 2");
  cr_assert_str_eq(faults(), "");
  run("BEGIN; DELETE FROM audit_log WHERE id = 4");
  cr_assert_str_eq(faults(), "5: rows 4 to 4 are missing before it");
  run("ROLLBACK; BEGIN; DELETE FROM audit_log WHERE id = 7");
  cr_assert_str_eq(faults(), "7: the last rows are missing");
  run("ROLLBACK; BEGIN; UPDATE audit_log SET id = CASE id WHEN 2 THEN -3 ELSE -2 END WHERE id IN (2, 3); UPDATE audit_log SET id = -id "
      "WHERE id < 0");
  cr_assert_str_eq(
      faults(), "2: it does not follow the row before it; 2: it was altered; 3: it does not follow the row before it; 3: it was altered; "
                "4: it does not follow the row before it");
  run("ROLLBACK");
  cr_assert_str_eq(faults(), "");
}
