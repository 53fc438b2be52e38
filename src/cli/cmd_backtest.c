/* signalbox backtest: what a file's limits and judge would have made of the measures that are stored, beside what really happened.
 * No probe is run. Results without measures (a refused connection, a timeout) stay what they were: no limit has a say in them. */
#include "base/clock.h"
#include "base/db.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/workbench.h"
#include "core/confirm.h"
#include "core/uptime.h"

/** Rows fetched at a time, and how long that may take, milliseconds. */
#define PAGE_ROWS "5000"
#define PAGE_MS 60000

static const char read_page[] = "SELECT (extract(epoch FROM checked_at) * 1000000)::bigint, id, status, details_json FROM health_checks"
                                " WHERE service_name = $1 AND checked_at >= to_timestamp($2::float8 / 1000000) AND (checked_at, id) > "
                                "(to_timestamp($3::float8 / 1000000), $4::bigint)"
                                " ORDER BY checked_at, id LIMIT " PAGE_ROWS;
static const char read_windows[] =
    "SELECT status, (extract(epoch FROM started_at) * 1000000)::bigint, coalesce((extract(epoch FROM ended_at) * 1000000)::bigint, 0)"
    " FROM uptime_records WHERE service_name = $1 AND (ended_at IS NULL OR ended_at > to_timestamp($2::float8 / 1000000)) ORDER BY "
    "started_at";

struct windows {
  struct window *list;
  size_t count;
};

struct backtest {
  struct workbench bench;
  struct script *script;
  struct db *db;
  int64_t from_us, to_us;
};

/* ---- windows ---- */

static void add_window(struct windows *w, enum status status, int64_t started_us, int64_t ended_us)
{
  w->list = mem_resize(w->list, w->count + 1, sizeof *w->list);
  w->list[w->count++] = (struct window){ status, started_us, ended_us };
}

static void take_transition(struct windows *w, const struct transition *t)
{
  if (w->count && !w->list[w->count - 1].ended_us)
    w->list[w->count - 1].ended_us = t->at_us;
  if (t->to != STATUS_NO_DATA)
    add_window(w, t->to, t->at_us, 0);
}

static void print_windows(const struct backtest *b, const char *title, const struct windows *w)
{
  struct uptime u = uptime_sum(w->list, w->count, b->from_us, b->to_us, b->bench.policy.degraded_weight);
  double percent = uptime_percent(&u);
  unsigned alerts = 0;
  printf("%s\n", title);
  for (size_t i = 0; i < w->count; i++) {
    char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];
    struct window clipped = w->list[i];
    if (!uptime_clip(&clipped, b->from_us, b->to_us))
      continue;
    alerts += i > 0;
    printf("  %-9s %s .. %s  %" PRId64 " s\n", status_name(clipped.status), clock_format(clipped.started_us / 1000000 * 1000000, from),
           w->list[i].ended_us ? clock_format(clipped.ended_us / 1000000 * 1000000, to) : "now",
           (clipped.ended_us - clipped.started_us) / 1000000);
  }
  if (percent < 0)
    printf("  nothing is known\n");
  else
    printf("  uptime %.3f %%, %u change%s of status\n", percent, alerts, alerts == 1 ? "" : "s");
}

/* ---- judging what is stored ---- */

static enum status rejudge(struct backtest *b, struct script_service *service, const char *recorded, const char *details)
{
  struct err e;
  enum status status = STATUS_NO_DATA;
  json_t *measures = details ? json_read(details, strlen(details), &e) : NULL;
  if (!measures) {
    (void)!status_from_name(recorded, &status);
    return status;
  }
  struct verdict v;
  workbench_judge(b->script, service, measures, &v);
  status = v.status;
  workbench_verdict_done(&v);
  json_decref(measures);
  return status;
}

/* Goes through the results page by page; counts them in *results. */
static bool replay(struct backtest *b, struct script_service *service, struct windows *w, size_t *results, struct err *e)
{
  const struct declaration *d = service->declaration;
  struct confirm c = { 0 };
  struct transition t;
  char from[24], after[24], id[24] = "0";
  snprintf(from, sizeof from, "%" PRId64, b->from_us);
  snprintf(after, sizeof after, "%" PRId64, b->from_us - 1);
  for (size_t rows_count = 1; rows_count;) {
    const char *const params[] = { d->name, from, after, id };
    struct db_rows *rows = db_query(b->db, read_page, params, ARRAY_LEN(params), PAGE_MS, e);
    if (!rows)
      return false;
    rows_count = db_rows_count(rows);
    for (size_t i = 0; i < rows_count; i++) {
      int64_t at_us = strtoll(db_rows_text(rows, i, 0), NULL, 10);
      /* The same holes as in the daemon: three intervals without a result. */
      if (c.last_us && at_us - c.last_us > 3 * d->every_ms * 1000 && confirm_expire(&c, c.last_us + d->every_ms * 1000, &t))
        take_transition(w, &t);
      if (confirm_result(&c, rejudge(b, service, db_rows_text(rows, i, 2), db_rows_text(rows, i, 3)), at_us, d->rise, d->fall, &t))
        take_transition(w, &t);
    }
    *results += rows_count;
    if (rows_count) {
      snprintf(after, sizeof after, "%s", db_rows_text(rows, rows_count - 1, 0));
      snprintf(id, sizeof id, "%s", db_rows_text(rows, rows_count - 1, 1));
    }
    db_rows_free(rows);
  }
  return true;
}

static bool read_real(struct backtest *b, const char *name, struct windows *w, struct err *e)
{
  char from[24];
  snprintf(from, sizeof from, "%" PRId64, b->from_us);
  const char *const params[] = { name, from };
  struct db_rows *rows = db_query(b->db, read_windows, params, ARRAY_LEN(params), PAGE_MS, e);
  if (!rows)
    return false;
  for (size_t i = 0; i < db_rows_count(rows); i++) {
    enum status status;
    if (status_from_name(db_rows_text(rows, i, 0), &status))
      add_window(w, status, strtoll(db_rows_text(rows, i, 1), NULL, 10), strtoll(db_rows_text(rows, i, 2), NULL, 10));
  }
  db_rows_free(rows);
  return true;
}

static bool test_service(struct backtest *b, struct script_service *service, struct err *e)
{
  struct windows real = { 0 }, would = { 0 };
  size_t results = 0;
  const char *name = service->declaration->name;
  bool ok = read_real(b, name, &real, e) && replay(b, service, &would, &results, e);
  if (ok) {
    printf("%s: %zu stored results\n", name, results);
    print_windows(b, " what happened", &real);
    print_windows(b, " with this file", &would);
  }
  free(real.list);
  free(would.list);
  return ok;
}

static bool test_file(struct backtest *b, const char *path, const char *only, struct err *e)
{
  char *dir = workbench_dir_of(path);
  bool ok = workbench_read_settings(&b->bench, dir, e);
  free(dir);
  b->script = ok ? workbench_load(&b->bench, path, e) : NULL;
  if (!b->script)
    return false;
  if (only && !script_find(b->script, only))
    return err_set(e, "%s declares no service \"%s\"", path, only);
  for (struct script_service *s = b->script->services; ok && s; s = s->hh.next)
    if (!only || strcmp(only, s->declaration->name) == 0)
      ok = test_service(b, s, e);
  return ok;
}

static bool backtest(const char *database, const char *since, const char *path, const char *only, struct err *e)
{
  struct backtest b = { 0 };
  int64_t since_ms;
  if (!duration_parse(since, &since_ms, e))
    return err_context(e, "--since");
  if (!workbench_init(&b.bench, NULL, e))
    return false;
  b.to_us = clock_wall_us();
  b.from_us = b.to_us - since_ms * 1000;
  b.db = db_open(database);
  bool ok = test_file(&b, path, only, e);
  db_close(b.db);
  script_let_go(b.script);
  workbench_done(&b.bench);
  return ok;
}

int cmd_backtest(int argc, char **argv)
{
  const char *database = NULL, *since = "14d";
  const struct option_row rows[] = {
    { "--database", "SIGNALBOX_DATABASE_URL", "CONNINFO", "Postgres", &database },
    { "--since", NULL, "DURATION", "how far back", &since },
  };
  struct err e;
  int words;
  if (!options_read(argc, argv, 1, "usage: signalbox backtest FILE [SERVICE] [options]", rows, ARRAY_LEN(rows), &words, &e) ||
      (!database && !err_set(&e, "--database CONNINFO is needed")) ||
      ((words < 1 || words > 2) && !err_set(&e, "a file is needed, and at most one service of it; see --help"))) {
    fprintf(stderr, "signalbox backtest: %s\n", e.text);
    return 2;
  }
  if (backtest(database, since, argv[1], words == 2 ? argv[2] : NULL, &e))
    return 0;
  fprintf(stderr, "signalbox backtest: %s\n", e.text);
  return 1;
}
