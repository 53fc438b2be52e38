/* From the journal into a real Postgres: everything once, in order, whatever Postgres does meanwhile. And the migrations it stands on. */
#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/file.h"
#include "cli/cli.h"
#include "core/clockset.h"
#include "loop/resolve.h"
#include "postgres.h"
#include "scheduler/journal.h"
#include "scheduler/store.h"

static struct postgres pg;
static uv_loop_t loop;
static struct resolver *resolver;
static struct journal *journal;
static struct store *store;
static char journal_path[96];

static void on_durable(void *arg, int64_t seq)
{
  (void)arg;
  (void)seq;
  if (store)
    store_kick(store);
}

static void open_all(const char *path)
{
  struct err e;
  journal = journal_open(&loop, path, on_durable, NULL, &e);
  cr_assert(journal, "%s", e.text);
  store = store_new(&loop, resolver, journal, pg.conninfo);
}

static void close_all(void)
{
  store_free(store);
  store = NULL;
  journal_close(journal);
}

static void on_stored(void *arg)
{
  *(bool *)arg = true;
}

static void sync_store(void)
{
  bool done = false;
  cr_assert(store_when_stored(store, journal_depth(journal).last_seq, on_stored, &done));
  while (!done)
    uv_run(&loop, UV_RUN_ONCE);
}

static int migrate(const char *dir)
{
  char *argv[] = { (char[]){ "migrate" }, (char[]){ "--database" }, pg.conninfo, (char[]){ "--migrations" }, (char *)(uintptr_t)dir, NULL };
  return cmd_migrate(5, argv);
}

/* The first column of all rows, joined by blanks. */
static const char *ask(const char *sql)
{
  static char text[2048];
  struct err e;
  struct db *db = db_open(pg.conninfo);
  struct db_rows *rows = db_query(db, sql, NULL, 0, 10000, &e);
  cr_assert(rows, "%s: %s", sql, e.text);
  size_t n = 0;
  text[0] = '\0';
  for (size_t i = 0; i < db_rows_count(rows); i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", db_rows_text(rows, i, 0) ? db_rows_text(rows, i, 0) : "-");
  db_rows_free(rows);
  db_close(db);
  return text;
}

static void add(enum entry_kind kind, const char *service, enum status status, const char *body, int64_t at_s)
{
  journal_add(journal, &(struct entry){ .kind = kind,
                                        .service = service,
                                        .status = status,
                                        .latency_ms = kind == ENTRY_RESULT ? 7 : -1,
                                        .body = body,
                                        .at_us = at_s * 1000000 });
}

static void set_up(void)
{
  struct err e;
  postgres_make(&pg);
  cr_assert_eq(migrate("migrations"), 0);
  uv_loop_init(&loop);
  resolver = resolver_new(&loop, &e);
  snprintf(journal_path, sizeof journal_path, "%s/journal.sqlite", pg.dir);
  open_all(journal_path);
}

static void tear_down(void)
{
  close_all();
  resolver_free(resolver);
  uv_run(&loop, UV_RUN_DEFAULT);
  cr_assert_eq(uv_loop_close(&loop), 0, "handles are left open");
  postgres_remove(&pg);
}

#define T0 1790000000 /* 2026-09-21 */

Test(store, takes_everything_once_and_in_order, .init = set_up, .fini = tear_down)
{
  add(ENTRY_SERVICE, "disk", STATUS_NO_DATA,
      "{\"title\":\"Disk\",\"group\":\"G\",\"critical\":true,\"declaration\":{\"every_ms\":1000},\"file\":\"disk.lua\"}", T0);
  add(ENTRY_TRANSITION, "disk", STATUS_HEALTHY, NULL, T0);
  for (int i = 0; i < 1200; i++) /* more than two batches */
    add(ENTRY_RESULT, "disk", i % 100 ? STATUS_HEALTHY : STATUS_DOWN, "{\"used_pct\":1.5}", T0 + i);
  add(ENTRY_TRANSITION, "disk", STATUS_DOWN, NULL, T0 + 600);
  add(ENTRY_TRANSITION, "disk", STATUS_NO_DATA, NULL, T0 + 700);
  add(ENTRY_TRANSITION, "disk", STATUS_DEGRADED, NULL, T0 + 800);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "1200");
  cr_assert_str_eq(
      ask("SELECT count(*) FROM health_checks WHERE status = 'down' AND latency_ms = 7 AND details_json = '{\"used_pct\": 1.5}'"), "12");
  cr_assert_str_eq(ask("SELECT extract(epoch FROM max(checked_at))::bigint FROM health_checks"), "1790001199");
  cr_assert_str_eq(ask("SELECT concat_ws('/', status, extract(epoch FROM started_at)::bigint - 1790000000, extract(epoch FROM "
                       "ended_at)::bigint - 1790000000,"
                       " duration_seconds) FROM uptime_records ORDER BY id"),
                   "healthy/0/600/600 down/600/700/100 degraded/800");
  cr_assert_str_eq(
      ask("SELECT concat_ws('/', title, critical, status, latency_ms, extract(epoch FROM since)::bigint - 1790000000) FROM services"),
      "Disk/t/degraded/7/800");

  /* The same journal, as it was before anything was acknowledged: its position in Postgres says that all of it is there. */
  char copy[128];
  close_all();
  uv_run(&loop, UV_RUN_NOWAIT);
  snprintf(copy, sizeof copy, "%s/copy.sqlite", pg.dir);
  char *cp[] = { (char[]){ "cp" }, journal_path, copy, NULL };
  cr_assert_eq(run_program(cp), 0);
  open_all(copy);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0 + 2000);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "1201");
  cr_assert_str_eq(ask("SELECT count(*) FROM uptime_records"), "3");
}

Test(store, promise_2_goes_on_when_postgres_comes_back, .init = set_up, .fini = tear_down)
{
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0);
  sync_store();
  postgres_stop(&pg);
  for (int i = 1; i <= 300; i++)
    add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0 + i);
  while (!store_state(store).failing_since_us)
    uv_run(&loop, UV_RUN_ONCE);
  cr_assert(store_state(store).error[0]);
  cr_assert_not(store_state(store).connected);
  /* Who waits for it meanwhile is many, and not more. */
  static bool told[STORE_WAITERS_CAP];
  for (size_t i = 0; i < STORE_WAITERS_CAP; i++)
    cr_assert(store_when_stored(store, journal_depth(journal).last_seq, on_stored, &told[i]));
  cr_assert_not(store_when_stored(store, journal_depth(journal).last_seq, on_stored, told));
  postgres_start(&pg);
  while (!told[0] || !told[STORE_WAITERS_CAP - 1])
    uv_run(&loop, UV_RUN_ONCE);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "301");
  cr_assert_eq(store_state(store).failing_since_us, 0);
}

Test(store, sets_one_bad_entry_aside_and_takes_the_rest, .init = set_up, .fini = tear_down)
{
  for (int i = 0; i < 20; i++)
    add(ENTRY_RESULT, "disk", STATUS_HEALTHY, i == 11 ? "{\"m\":\"a\\u0000b\"}" : "{\"m\":1}", T0 + i);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "19");
  cr_assert_eq(store_state(store).failing_since_us, 0);
}

static void note(const char *kind, const char *body)
{
  journal_add(journal,
              &(struct entry){ .kind = ENTRY_NOTE, .note = kind, .service = "disk", .body = body, .at_us = T0 * INT64_C(1000000) });
}

Test(store, each_kind_of_note_has_a_function_and_a_refused_one_stands_aside, .init = set_up, .fini = tear_down)
{
  static const char function[] =
      "CREATE TABLE took (n int, subject text, at timestamptz);"
      "CREATE FUNCTION signalbox_note_took(p_subject TEXT, p_body JSONB, p_at TIMESTAMPTZ) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN"
      " IF p_body->>'n' = '3' THEN RAISE EXCEPTION 'three is refused'; END IF;"
      " INSERT INTO took VALUES ((p_body->>'n')::int, p_subject, p_at); END $$";
  struct err e;
  struct db *db = db_open(pg.conninfo);
  cr_assert(db_execute(db, function, 10000, &e), "%s", e.text);
  db_close(db);
  for (char body[] = "{\"n\":1}"; body[5] <= '5'; body[5]++)
    note("took", body);
  sync_store();
  cr_assert_str_eq(ask("SELECT string_agg(n::text, ',' ORDER BY ctid) FROM took WHERE subject = 'disk'"), "1,2,4,5");
}

/* The default partition takes what no day is there for, until its day is made; with its day it goes. Far ahead it waits. */
Test(store, a_stamp_that_no_partition_expects_is_kept_and_finds_its_day, .init = set_up, .fini = tear_down)
{
  int64_t now_s = strtoll(ask("SELECT extract(epoch FROM now())::bigint"), NULL, 10), soon_s = now_s + 9 * 86400;
  char day[80];
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, 1000000000);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, soon_s);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, soon_s + 1);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, 4000000000);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_default"), "4");
  cr_assert_str_eq(ask("SELECT signalbox_make_partitions(7)"), "0");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_20010909"), "1");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_default"), "3", "days ahead wait");
  cr_assert_str_eq(ask("SELECT signalbox_make_partitions(9)"), "0");
  snprintf(day, sizeof day, "SELECT count(*) FROM health_checks_%s",
           ask("SELECT to_char(max(checked_at) AT TIME ZONE 'UTC', 'YYYYMMDD') FROM health_checks WHERE checked_at < now() + INTERVAL '1 "
               "year'"));
  cr_assert_str_eq(ask(day), "2");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_default"), "1");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "4");
  cr_assert_str_eq(ask("SELECT signalbox_retain('14 days', '4000 weeks')"), "0", "not before it is rolled up");
  while (strcmp(ask("SELECT signalbox_roll_up(1)"), "0") != 0)
    ;
  ask("SELECT signalbox_retain('14 days', '4000 weeks')"); /* or the store's own upkeep, which may be at it */
  cr_assert_str_eq(ask("SELECT to_regclass('health_checks_20010909')"), "-", "2001 is over");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "3");
}

/* Longer away than days are made ahead: what waits finds its days all the same. */
Test(store, a_long_absence_finds_its_days, .init = set_up, .fini = tear_down)
{
  struct err e;
  struct db *db = db_open(pg.conninfo);
  static const char drop_days[] = "DO $$ DECLARE name text; BEGIN FOR name IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = "
                                  "'health_checks'::regclass AND inhrelid <> 'health_checks_default'::regclass LOOP "
                                  "EXECUTE 'DROP TABLE ' || name; END LOOP; END $$";
  int64_t now_s = strtoll(ask("SELECT extract(epoch FROM now())::bigint"), NULL, 10);
  postgres_stop(&pg);
  for (int hours = 20 * 24; hours >= 0; hours--)
    add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, now_s - hours * 3600);
  while (!store_state(store).failing_since_us || journal_depth(journal).durable_seq < journal_depth(journal).last_seq)
    uv_run(&loop, UV_RUN_ONCE);
  postgres_start(&pg);
  cr_assert(db_execute(db, drop_days, 10000, &e), "%s", e.text);
  db_close(db);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "481");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_default"), "0");
  cr_assert_str_eq(ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'health_checks'::regclass"), "29",
                   "20 days, today, 7 ahead, the default");
}

/* As an extension that partitions in its own way would have it. */
Test(store, a_plain_table_in_the_place_of_the_partitioned_one_does_as_well, .init = set_up, .fini = tear_down)
{
  struct err e;
  struct db *db = db_open(pg.conninfo);
  sync_store();
  cr_assert(db_execute(db, "ALTER TABLE health_checks RENAME TO before; CREATE TABLE health_checks (LIKE before INCLUDING ALL)", 10000, &e),
            "%s", e.text);
  db_close(db);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "1");
  cr_assert_str_eq(ask("SELECT signalbox_make_partitions(7)"), "0");
  cr_assert_str_eq(ask("SELECT signalbox_retain('1 day', '1 day')"), "0");
  cr_assert_eq(store_state(store).failing_since_us, 0);
}

/* Whatever the chores between batches run into. */
Test(store, upkeep_that_fails_holds_no_result_back, .init = set_up, .fini = tear_down)
{
  struct err e;
  struct db *db = db_open(pg.conninfo);
  sync_store();
  cr_assert(
      db_execute(db, "DROP FUNCTION signalbox_make_partitions; DROP FUNCTION signalbox_roll_up; DROP FUNCTION signalbox_retain", 10000, &e),
      "%s", e.text);
  db_close(db);
  close_all();
  uv_run(&loop, UV_RUN_NOWAIT);
  open_all(journal_path);
  for (int i = 0; i < 1200; i++)
    add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0 + i);
  sync_store();
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "1200");
  cr_assert_eq(store_state(store).failing_since_us, 0);
}

/* A chore that has no end may be a server that is frozen: it is said as soon as of any other statement. */
Test(store, upkeep_that_keeps_results_waiting_is_said, .init = set_up, .fini = tear_down)
{
  static const char slow[] =
      "DROP FUNCTION signalbox_roll_up; CREATE FUNCTION signalbox_roll_up(hours integer) RETURNS integer LANGUAGE sql"
      " AS 'SELECT pg_advisory_lock(1); SELECT 0'";
  struct err e;
  sync_store();
  close_all();
  uv_run(&loop, UV_RUN_NOWAIT);
  struct db *db = db_open(pg.conninfo);
  cr_assert(db_execute(db, slow, 10000, &e) && db_execute(db, "SELECT pg_advisory_lock(1)", 10000, &e), "%s", e.text);
  open_all(journal_path);
  while (!store_state(store).failing_since_us)
    uv_run(&loop, UV_RUN_ONCE);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, T0);
  cr_assert(strstr(store_state(store).error, "a chore of upkeep"), "%s", store_state(store).error);
  cr_assert(store_state(store).connected, "nothing is given up yet");
  cr_assert(db_execute(db, "SELECT pg_advisory_unlock(1)", 10000, &e), "%s", e.text);
  db_close(db);
  sync_store();
  cr_assert_eq(store_state(store).failing_since_us, 0);
}

Test(store, migrations_go_forward_only, .init = set_up, .fini = tear_down)
{
  char dir[80], command[256];
  struct err e;
  cr_assert_eq(migrate("migrations"), 0, "a second time is a no-op");
  glob_t files;
  char count[24];
  cr_assert_eq(glob("migrations/2*.sql", 0, NULL, &files), 0);
  snprintf(count, sizeof count, "%zu", files.gl_pathc);
  globfree(&files);
  cr_assert_str_eq(ask("SELECT count(*) FROM schema_migrations"), count);
  snprintf(dir, sizeof dir, "%s/migrations", pg.dir);
  char *cp[] = { (char[]){ "cp" }, (char[]){ "-r" }, (char[]){ "migrations" }, dir, NULL };
  cr_assert_eq(run_program(cp), 0);

  snprintf(command, sizeof command, "%s/20991231000000_new.sql", dir);
  cr_assert(file_replace(command, "CREATE TABLE half (x int); SELECT 1/0;", 38, 0644, &e), "%s", e.text);
  cr_assert_neq(migrate(dir), 0);
  cr_assert_str_eq(ask("SELECT coalesce(to_regclass('half')::text, 'none')"), "none", "a migration that fails leaves nothing behind");
  cr_assert(file_replace(command, "CREATE TABLE whole (x int)", 26, 0644, &e), "%s", e.text);
  cr_assert_eq(migrate(dir), 0);
  cr_assert_str_eq(ask("SELECT coalesce(to_regclass('whole')::text, 'none')"), "whole");
  cr_assert_neq(migrate("migrations"), 0, "the database is newer than these files");

  cr_assert(file_replace(command, "CREATE TABLE other (x int)", 26, 0644, &e), "%s", e.text);
  cr_assert_neq(migrate(dir), 0, "a file that was changed after it was applied is refused");
}

/* Three hours ago there were 40 results; the rollups had passed that hour already. */
Test(store, results_that_come_late_are_rolled_up_all_the_same, .init = set_up, .fini = tear_down)
{
  int64_t then = strtoll(ask("SELECT extract(epoch FROM date_trunc('hour', now(), 'UTC') - INTERVAL '3 hours')::bigint"), NULL, 10);
  for (int i = 0; i < 40; i++)
    journal_add(journal, &(struct entry){ .kind = ENTRY_RESULT,
                                          .service = "disk",
                                          .status = i < 30   ? STATUS_HEALTHY
                                                    : i < 38 ? STATUS_DEGRADED
                                                             : STATUS_DOWN,
                                          .latency_ms = i < 38 ? i + 1 : -1,
                                          .at_us = (then + i * 60) * 1000000 });
  sync_store();
  store_set_retention(store, 14 * INT64_C(86400000), 100 * INT64_C(86400000)); /* a change makes maintenance due */
  store_kick(store);
  add(ENTRY_RESULT, "disk", STATUS_HEALTHY, NULL, then + 7200);
  sync_store();
  store_set_retention(store, 15 * INT64_C(86400000), 100 * INT64_C(86400000));
  store_kick(store);
  while (strcmp(ask("SELECT count(*) FROM health_checks_hourly"), "2") != 0)
    uv_run(&loop, UV_RUN_ONCE);
  cr_assert_str_eq(
      ask("SELECT concat_ws('/', healthy, degraded, down, latency_min_ms, latency_avg_ms, latency_p50_ms, latency_p95_ms, latency_max_ms)"
          " FROM health_checks_hourly ORDER BY hour LIMIT 1"),
      "30/8/2/1/19.5/19.5/36.15/38");
}

Test(store, whole_days_are_dropped_when_their_time_is_over_and_they_are_rolled_up, .init = set_up, .fini = tear_down)
{
  struct err e;
  struct db *db = db_open(pg.conninfo);
  static const char old_day[] =
      "DO $$ DECLARE day date := (now() AT TIME ZONE 'UTC')::date - 20; BEGIN"
      " EXECUTE format('CREATE TABLE %I PARTITION OF health_checks FOR VALUES FROM (%L) TO (%L)', 'health_checks_' || to_char(day, "
      "'YYYYMMDD'),"
      "                day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');"
      " INSERT INTO health_checks (service_name, status, checked_at) SELECT 'disk', 'healthy', (day::timestamp AT TIME ZONE 'UTC') + n * "
      "INTERVAL '1 hour'"
      " FROM generate_series(0, 23) n; UPDATE rollup_state SET rolled_up_to = day::timestamp AT TIME ZONE 'UTC'; END $$";
  cr_assert(db_execute(db, old_day, 10000, &e), "%s", e.text);
  cr_assert_str_eq(ask("SELECT signalbox_retain('14 days', '400 days')"), "0", "not before it is rolled up");
  while (strcmp(ask("SELECT signalbox_roll_up(10)"), "0") != 0)
    ;
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_hourly WHERE healthy = 1"), "24");
  cr_assert_str_eq(ask("SELECT signalbox_retain('30 days', '400 days')"), "0", "its time is not over");
  cr_assert_str_eq(ask("SELECT signalbox_retain('14 days', '400 days')"), "1");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks"), "0");
  cr_assert_str_eq(ask("SELECT count(*) FROM health_checks_hourly"), "24", "the summaries stay");
  db_close(db);
}

/* ---- the clock is set ---- */

#define CLOCK_SERVICES 60
#define CLOCK_EVENTS 40

/* What really happened to one service, and its windows as they are found. Seconds. */
struct truth {
  int64_t started_s[CLOCK_EVENTS];
  size_t count;
  int64_t allowed_s; /* by how much it may be wrong: 0 when every setting of the clock was taken back */
};

static void note_clock(int64_t wall_s, int64_t by_s, int64_t undoes_s, int64_t since_s)
{
  char body[160], since[CLOCK_STAMP_SIZE];
  snprintf(body, sizeof body, "{\"by_us\":%" PRId64 ",\"undoes_us\":%" PRId64 ",\"undone_since\":\"%s\"}", by_s * 1000000,
           undoes_s * 1000000, clock_format(since_s * 1000000, since));
  journal_add(journal, &(struct entry){
                           .kind = ENTRY_NOTE, .note = "clock", .service = "", .body = body, .latency_ms = -1, .at_us = wall_s * 1000000 });
}

/* One world of services, with one clock. `undone`: it is only ever set forward and back again by as much. */
static void live(struct truth *truths, unsigned *seed, bool undone, int64_t *true_s, const char *prefix)
{
  struct clockset c = { 0 };
  struct clockset_move m;
  int64_t offset_s = 0, allowed_s = 0;
  bool ahead = false;
  clockset_see(&c, *true_s * 1000000, *true_s * 1000000, &m);
  for (int i = 0; i < 600 || ahead; i++) {
    *true_s += 5 + rand_r(seed) % 60;
    size_t which = (size_t)rand_r(seed) % CLOCK_SERVICES;
    struct truth *t = &truths[which];
    char name[32];
    snprintf(name, sizeof name, "%s-%zu", prefix, which);
    if (rand_r(seed) % 12 == 0) {
      int64_t by_s = undone ? (ahead ? -3600 : 3600) : (rand_r(seed) % 7200) - 3600;
      offset_s += by_s;
      ahead = undone && !ahead;
      if (clockset_see(&c, (*true_s + offset_s) * 1000000, *true_s * 1000000, &m)) {
        note_clock(*true_s + offset_s, m.by_us / 1000000, m.undoes_us / 1000000, m.undone_since_us / 1000000);
        allowed_s += by_s > 0 ? by_s : -by_s;
      }
    } else if (t->count < CLOCK_EVENTS) {
      add(ENTRY_TRANSITION, name, t->count % 2 ? STATUS_DOWN : STATUS_HEALTHY, NULL, *true_s + offset_s);
      t->started_s[t->count++] = *true_s;
    }
  }
  for (size_t i = 0; i < CLOCK_SERVICES; i++)
    truths[i].allowed_s = undone ? 0 : allowed_s;
}

static void compare_windows(const struct truth *t, const char *name)
{
  char sql[400];
  snprintf(sql, sizeof sql,
           "SELECT concat_ws('/', extract(epoch FROM started_at)::bigint, extract(epoch FROM ended_at)::bigint, duration_seconds)"
           " FROM uptime_records WHERE service_name = '%s' ORDER BY started_at, id",
           name);
  const char *text = ask(sql);
  int64_t last_end_s = 0;
  for (size_t i = 0; i < t->count; i++) {
    char *end;
    int64_t started_s = strtoll(text, &end, 10), ended_s = 0, duration_s = 0;
    bool open = *end != '/';
    if (!open) {
      ended_s = strtoll(end + 1, &end, 10);
      duration_s = strtoll(end + 1, &end, 10);
    }
    text = *end ? end + 1 : end;
    cr_assert_geq(started_s, last_end_s, "%s: window %zu begins before the one before it has ended", name, i);
    last_end_s = ended_s;
    cr_assert_eq(open, i + 1 == t->count, "%s: the last window is open and no other", name);
    cr_assert_leq(llabs(started_s - t->started_s[i]), t->allowed_s, "%s: window %zu begins %" PRId64 " s off", name, i,
                  started_s - t->started_s[i]);
    if (open)
      continue;
    int64_t really_s = t->started_s[i + 1] - t->started_s[i];
    cr_assert(duration_s == ended_s - started_s && llabs(duration_s - really_s) <= t->allowed_s,
              "%s: window %zu is %" PRId64 " s long, not %" PRId64, name, i, duration_s, really_s);
  }
  cr_assert_eq(*text, '\0', "%s: there are more windows than really were", name);
}

/* While the scheduler was not there, so that nobody could tell by how much. */
Test(store, windows_stay_in_order_when_the_clock_was_set_back_unseen, .init = set_up, .fini = tear_down)
{
  add(ENTRY_TRANSITION, "disk", STATUS_HEALTHY, NULL, T0 + 100);
  add(ENTRY_TRANSITION, "disk", STATUS_DOWN, NULL, T0 + 50);
  add(ENTRY_TRANSITION, "disk", STATUS_NO_DATA, NULL, T0 + 60);
  add(ENTRY_TRANSITION, "disk", STATUS_HEALTHY, NULL, T0 + 70);
  add(ENTRY_TRANSITION, "disk", STATUS_DOWN, NULL, T0 + 200);
  sync_store();
  cr_assert_str_eq(
      ask("SELECT concat_ws('/', status, extract(epoch FROM started_at)::bigint - 1790000000, extract(epoch FROM ended_at)::bigint - "
          "1790000000) FROM uptime_records ORDER BY id"),
      "healthy/100/100 down/100/100 healthy/100/200 down/200");
}

Test(store, promise_6_windows_when_the_clock_is_set, .init = set_up, .fini = tear_down)
{
  static const char *const worlds[] = { "exact", "wild" };
  unsigned seed = 11;
  int64_t true_s = T0;
  for (size_t i = 0; i < ARRAY_LEN(worlds); i++) {
    static struct truth truths[CLOCK_SERVICES];
    memset(truths, 0, sizeof truths);
    live(truths, &seed, i == 0, &true_s, worlds[i]);
    sync_store();
    for (size_t k = 0; k < CLOCK_SERVICES; k++) {
      char name[32];
      snprintf(name, sizeof name, "%s-%zu", worlds[i], k);
      compare_windows(&truths[k], name);
    }
  }
}
