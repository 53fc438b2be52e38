/* signalbox backtest: which windows and alerts a file's limits and judge would have made of the measures that are stored, beside what really happened.
 * No probe is run and nobody is told. Results without measures (a refused connection, a timeout) stay what they were: no limit has a say in them. */
#include "base/clock.h"
#include "base/db.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/rehearsal.h"
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

/* What alerts.c reads of the service's row, in its words. */
static const char read_config[] =
    "SELECT json_build_object('escalation_delay_seconds', escalation_delay_seconds, 'webhook_url', webhook_url, 'notification_channels',"
    " notification_channels_json, 'enabled', enabled) FROM health_alert_configs WHERE service_name = $1";
static const char read_alerts[] =
    "SELECT (extract(epoch FROM created_at) * 1000000)::bigint, event, coalesce(status, ''), channel, state FROM health_alerts"
    " WHERE service_name = $1 AND created_at >= to_timestamp($2::float8 / 1000000) AND event <> 'drill' ORDER BY created_at, id";

struct windows {
  struct window *list;
  size_t count;
};

struct backtest {
  struct workbench bench;
  struct script *script;
  struct db *db;
  int64_t from_us, to_us;
  int64_t delay_ms; /* before people are told outside the page; -1: as it is configured */
  struct alert_settings alerts;
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
  unsigned changes = 0;
  printf("%s\n", title);
  for (size_t i = 0; i < w->count; i++) {
    char from[CLOCK_STAMP_SIZE], to[CLOCK_STAMP_SIZE];
    struct window clipped = w->list[i];
    if (!uptime_clip(&clipped, b->from_us, b->to_us))
      continue;
    changes += i > 0;
    printf("  %-9s %s .. %s  %" PRId64 " s\n", status_name(clipped.status), clock_format(clipped.started_us / 1000000 * 1000000, from),
           w->list[i].ended_us ? clock_format(clipped.ended_us / 1000000 * 1000000, to) : "now",
           (clipped.ended_us - clipped.started_us) / 1000000);
  }
  if (percent < 0)
    printf("  nothing is known\n");
  else
    printf("  uptime %.3f %%, %u change%s of status\n", percent, changes, changes == 1 ? "" : "s");
}

/* ---- alerts ---- */

static void print_alert(int64_t at_us, const char *event, const char *status, const char *channel, const char *state)
{
  char at[CLOCK_STAMP_SIZE];
  printf("  alert     %s  %s %s%s%s%s%s\n", clock_format(at_us / 1000000 * 1000000, at), event, status, channel ? " to " : "",
         channel ? channel : "", state ? ", " : "", state ? state : "");
}

/* The service's configuration; one without a channel gets a nameless one, so that there is somebody to be told. */
static bool load_config(struct backtest *b, const char *service, struct alert_config *c, struct err *e)
{
  const char *const params[] = { service };
  struct db_rows *rows = db_query(b->db, read_config, params, ARRAY_LEN(params), PAGE_MS, e);
  if (!rows)
    return false;
  const char *text = db_rows_count(rows) ? db_rows_text(rows, 0, 0) : NULL;
  json_t *row = text ? json_read(text, strlen(text), e) : NULL;
  alert_config_read(c, row, &b->alerts);
  json_decref(row);
  db_rows_free(rows);
  if (b->delay_ms >= 0)
    c->delay_ms = b->delay_ms;
  if (!c->target_count)
    c->targets[c->target_count++] = (struct alert_target){ .channel = mem_copy_text("a channel") };
  return true;
}

static void print_rehearsed(const struct rehearsal *r)
{
  char after[32];
  for (size_t i = 0; i < r->count; i++) {
    const struct rehearsed *t = &r->told[i];
    print_alert(t->at_us, alert_event_name(t->event), status_name(t->status) ? status_name(t->status) : "no-data", NULL, NULL);
  }
  printf("  alerts: %u on the page, %zu outside it (after %s%s)", r->page, r->count, duration_format(r->config->delay_ms, after),
         r->config->enabled ? "" : "; they are switched off");
  if (r->flaps)
    printf("; it flapped %u time%s", r->flaps, r->flaps == 1 ? "" : "s");
  printf("\n");
}

static bool print_real_alerts(struct backtest *b, const char *name, struct err *e)
{
  char from[24];
  snprintf(from, sizeof from, "%" PRId64, b->from_us);
  const char *const params[] = { name, from };
  struct db_rows *rows = db_query(b->db, read_alerts, params, ARRAY_LEN(params), PAGE_MS, e);
  if (!rows)
    return false;
  for (size_t i = 0; i < db_rows_count(rows); i++)
    print_alert(strtoll(db_rows_text(rows, i, 0), NULL, 10), db_rows_text(rows, i, 1), db_rows_text(rows, i, 2), db_rows_text(rows, i, 3),
                db_rows_text(rows, i, 4));
  printf("  alerts: %zu in the ledger\n", db_rows_count(rows));
  db_rows_free(rows);
  return true;
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
static bool replay(struct backtest *b, struct script_service *service, struct windows *w, struct rehearsal *r, size_t *results,
                   struct err *e)
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
      int64_t stale_us = c.last_us + 3 * d->every_ms * 1000;
      if (c.last_us && at_us > stale_us && confirm_expire(&c, c.last_us + d->every_ms * 1000, &t)) {
        take_transition(w, &t);
        rehearsal_take(r, &t, stale_us);
      }
      if (confirm_result(&c, rejudge(b, service, db_rows_text(rows, i, 2), db_rows_text(rows, i, 3)), at_us, d->rise, d->fall, &t)) {
        take_transition(w, &t);
        rehearsal_take(r, &t, at_us);
      }
    }
    *results += rows_count;
    uv_run(&b->bench.loop, UV_RUN_NOWAIT); /* lets go of what the judgements held */
    if (rows_count) {
      snprintf(after, sizeof after, "%s", db_rows_text(rows, rows_count - 1, 0));
      snprintf(id, sizeof id, "%s", db_rows_text(rows, rows_count - 1, 1));
    }
    db_rows_free(rows);
  }
  rehearsal_until(r, b->to_us);
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
  struct alert_config config = { 0 };
  struct rehearsal rehearsal;
  if (!load_config(b, name, &config, e))
    return false;
  int64_t no_data_ms = b->alerts.no_data_ms > config.delay_ms ? b->alerts.no_data_ms : config.delay_ms;
  rehearsal_init(&rehearsal, service->declaration, &config, no_data_ms, &b->bench.policy.flap);
  bool ok = read_real(b, name, &real, e) && replay(b, service, &would, &rehearsal, &results, e);
  if (ok) {
    printf("%s: %zu stored results\n", name, results);
    print_windows(b, " what happened", &real);
    ok = print_real_alerts(b, name, e);
    print_windows(b, " with this file", &would);
    print_rehearsed(&rehearsal);
  }
  rehearsal_done(&rehearsal);
  alert_config_done(&config);
  free(real.list);
  free(would.list);
  return ok;
}

static bool test_file(struct backtest *b, const char *path, const char *only, struct err *e)
{
  char *dir = workbench_dir_of(path);
  bool ok = workbench_read_settings(&b->bench, dir, e) && alert_settings_read(&b->alerts, b->bench.settings, e);
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

static bool backtest(const char *database, const char *since, const char *delay, const char *path, const char *only, struct err *e)
{
  struct backtest b = { .delay_ms = -1 };
  int64_t since_ms;
  if (!duration_parse(since, &since_ms, e))
    return err_context(e, "--since");
  if (delay && !duration_parse(delay, &b.delay_ms, e))
    return err_context(e, "--delay");
  if (!workbench_init(&b.bench, NULL, e))
    return false;
  b.to_us = clock_wall_us();
  b.from_us = b.to_us - since_ms * 1000;
  b.db = db_open(database);
  alert_settings_init(&b.alerts);
  bool ok = test_file(&b, path, only, e);
  db_close(b.db);
  alert_settings_done(&b.alerts);
  script_let_go(b.script);
  workbench_done(&b.bench);
  return ok;
}

int cmd_backtest(int argc, char **argv)
{
  const char *database = place_database(), *since = "14d", *delay = NULL;
  const struct option_row rows[] = {
    { "--database", "SIGNALBOX_DATABASE_URL", "CONNINFO", "Postgres", &database },
    { "--since", NULL, "DURATION", "how far back", &since },
    { "--delay", NULL, "DURATION", "before people are told outside the page; otherwise as it is configured", &delay },
  };
  struct err e;
  int words;
  if (!options_read(argc, argv, 1, "usage: signalbox backtest FILE [SERVICE] [options]", rows, ARRAY_LEN(rows), &words, &e) ||
      (!database && !err_set(&e, "where is Postgres? Say --database CONNINFO; a private cluster is looked for in $SIGNALBOX_STATE/pg")) ||
      ((words < 1 || words > 2) && !err_set(&e, "a file is needed, and at most one service of it; see --help"))) {
    fprintf(stderr, "signalbox backtest: %s\n", e.text);
    return 2;
  }
  if (backtest(database, since, delay, argv[1], words == 2 ? argv[2] : NULL, &e))
    return 0;
  fprintf(stderr, "signalbox backtest: %s\n", e.text);
  return 1;
}
