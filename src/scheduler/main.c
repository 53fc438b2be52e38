/* signalbox-scheduler: decides when, remembers, and tells. It never runs a script and never waits for one. */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/spool.h"
#include "core/policy.h"
#include "loop/resolve.h"
#include "scheduler/access.h"
#include "scheduler/actions.h"
#include "scheduler/alerts.h"
#include "scheduler/bus.h"
#include "scheduler/catalogue.h"
#include "scheduler/config.h"
#include "scheduler/control.h"
#include "scheduler/events.h"
#include "scheduler/files.h"
#include "scheduler/followings.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/heartbeat.h"
#include "scheduler/incidents.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/network.h"
#include "scheduler/outbox.h"
#include "scheduler/pool.h"
#include "scheduler/runs.h"
#include "scheduler/spooled.h"
#include "scheduler/store.h"

static struct {
  const char *checks, *journal, *control, *database, *runner, *runners, *secrets, *audit_spool, *log_level;
} options = { .runners = "2", .log_level = "info" };

static uv_loop_t loop;
static struct scheduler scheduler = { .loop = &loop };
static uv_signal_t signals[3];
static uv_timer_t alive_timer;

static void on_durable(void *arg, int64_t seq)
{
  struct scheduler *s = arg;
  if (s->store)
    store_kick(s->store);
  if (s->control)
    control_durable(s->control, seq);
  gatekeeper_durable(s->gatekeeper, seq);
  spooled_durable(s->spooled, seq);
  if (s->actions)
    actions_durable(s->actions, seq);
  if (s->outbox)
    outbox_look(s->outbox);
}

static void on_alive(uv_timer_t *timer)
{
  (void)timer;
  journal_keep_alive_stamp(scheduler.journal, clock_wall_us());
}

static void on_signal(uv_signal_t *handle, int number)
{
  (void)handle;
  if (number == SIGHUP)
    files_rescan(scheduler.files, NULL, NULL);
  else
    uv_stop(&loop);
}

static void watch_signals(void)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
  for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
    uv_signal_init(&loop, &signals[i]);
    uv_signal_start(&signals[i], on_signal, numbers[i]);
  }
  signal(SIGPIPE, SIG_IGN);
}

/* Beside the journal, unless it is said where. */
static struct spooled *spooled_begin(struct scheduler *s)
{
  char *directory = file_directory_of(options.journal), *beside = mem_printf("%s/" SPOOL_NAME, directory);
  struct spooled *p = spooled_new(s, options.audit_spool ? options.audit_spool : beside);
  free(directory);
  free(beside);
  return p;
}

/* In order: each part may use those above it. */
static bool start(struct scheduler *s, struct err *e)
{
  int64_t runners;
  s->started_us = clock_wall_us();
  if (!options_number("--runners", options.runners, 1, 64, &runners, e))
    return false;
  runs_init(s);
  s->resolver = resolver_new(&loop, e);
  if (!s->resolver)
    return false;
  s->events = events_new(s);
  s->bus = bus_new(s);
  s->incidents = incidents_new(s);
  s->journal = journal_open(&loop, options.journal, on_durable, s, e);
  if (!s->journal || !catalogue_restore(s, e))
    return false;
  s->flap = policy_default().flap;
  journal_set_cap(s->journal, policy_default().journal_results);
  s->store = store_new(&loop, s->resolver, s->journal, options.database);
  s->network = network_new(s, runs_take);
  s->config = config_new(s, options.database, alerts_config_changed, e);
  s->outbox = outbox_new(s);
  if (!s->config || !outbox_restore(s->outbox, e))
    return false;
  s->alerts = alerts_new(s, e);
  if (!s->alerts)
    return false;
  s->gatekeeper = gatekeeper_new(s, options.database, e);
  if (!s->gatekeeper)
    return false;
  s->access = access_new(s);
  s->spooled = spooled_begin(s);
  s->control = control_new(s, options.control, e);
  if (!s->control)
    return false;
  s->actions = actions_new(s, e);
  if (!s->actions)
    return false;
  s->followings = followings_new(s);
  s->files = files_new(s, options.checks, e);
  if (!s->files)
    return false;
  s->pool = pool_new(s, options.runner, (size_t)runners, options.secrets, files_loaded, s->files);
  s->heartbeat = heartbeat_new(s);
  files_rescan(s->files, NULL, NULL);
  store_kick(s->store);
  uv_timer_init(&loop, &alive_timer);
  uv_timer_start(&alive_timer, on_alive, 0, 1000);
  watch_signals();
  return true;
}

static void close_rest(uv_handle_t *handle, void *arg)
{
  (void)arg;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

/* The other way round. What is noted is written before the journal closes. */
static void stop(struct scheduler *s)
{
  runs_stop(s);
  if (s->actions)
    actions_stop(s->actions);
  followings_stop(s->followings);
  if (s->events)
    events_stop(s->events);
  gatekeeper_stop(s->gatekeeper);
  if (s->bus)
    bus_stop(s->bus);
  if (s->files)
    files_stop(s->files);
  if (s->control)
    control_stop(s->control);
  access_stop(s->access);
  spooled_stop(s->spooled);
  if (s->heartbeat)
    heartbeat_stop(s->heartbeat);
  if (s->alerts)
    alerts_stop(s->alerts);
  if (s->outbox)
    outbox_stop(s->outbox);
  if (s->config)
    config_stop(s->config);
  if (s->network)
    network_stop(s->network);
  if (s->pool)
    pool_stop(s->pool);
  store_free(s->store);
  s->store = NULL;
  resolver_free(s->resolver);
  for (size_t i = 0; i < ARRAY_LEN(signals); i++)
    if (s->pool)
      uv_close((uv_handle_t *)&signals[i], NULL);
  if (s->pool)
    uv_close((uv_handle_t *)&alive_timer, NULL);
  if (s->journal)
    journal_keep_alive_stamp(s->journal, clock_wall_us());
  journal_close(s->journal);
  uv_run(&loop, UV_RUN_DEFAULT);
  control_free(s->control);
  access_free(s->access);
  spooled_free(s->spooled);
  pool_free(s->pool);
  files_free(s->files);
  actions_free(s->actions);
  followings_free(s->followings);
  incidents_free(s->incidents);
  events_free(s->events);
  bus_free(s->bus);
  heartbeat_free(s->heartbeat);
  alerts_free(s->alerts);
  outbox_free(s->outbox);
  config_free(s->config);
  network_free(s->network);
  gatekeeper_free(s->gatekeeper);
  items_free(s);
  catalogue_free(s);
  uv_walk(&loop, close_rest, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0)
    log_warn("scheduler_leaves_handles", "pid=%d", (int)getpid());
}

static bool read_options(int argc, char **argv, struct err *e)
{
  const struct option_row rows[] = {
    { "--checks", "SIGNALBOX_CHECKS", "DIR", "the directory of Lua files", &options.checks },
    { "--journal", NULL, "FILE", "the local journal (SQLite)", &options.journal },
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "where the API and signalbox(1) ask", &options.control },
    { "--database", "SIGNALBOX_DATABASE_URL", "CONNINFO", "Postgres, as libpq understands it", &options.database },
    { "--runner", NULL, "PATH", "the program signalbox-runner", &options.runner },
    { "--runners", NULL, "N", "how many of them", &options.runners },
    { "--secrets", NULL, "DIR", "files that secret \"name\" reads", &options.secrets },
    { "--audit-spool", "SIGNALBOX_AUDIT_SPOOL", "DIR", "what signalbox user and token leave for the audit trail", &options.audit_spool },
    { "--log-level", NULL, "LEVEL", "debug, info, warn or error", &options.log_level },
  };
  enum log_level level;
  if (!options_read(argc, argv, 1, "usage: signalbox-scheduler [options]", rows, ARRAY_LEN(rows), NULL, e))
    return false;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (!*rows[i].value && rows[i].value != &options.secrets && rows[i].value != &options.audit_spool)
      return err_set(e, "%s %s is needed: %s", rows[i].name, rows[i].value_name, rows[i].help);
  if (!log_level_from_name(options.log_level, &level))
    return err_set(e, "--log-level: \"%s\" is not debug, info, warn or error", options.log_level);
  log_set_level(level);
  return true;
}

int main(int argc, char **argv)
{
  struct err e;
  mem_keep_freed();
  if (!read_options(argc, argv, &e)) {
    log_error("scheduler_options", "why=%s", LOG_QUOTE(e.text));
    return 2;
  }
  uv_loop_init(&loop);
  bool ok = start(&scheduler, &e);
  if (ok) {
    log_info("scheduler_started", "version=%s checks=%s control=%s", SIGNALBOX_VERSION, options.checks, options.control);
    uv_run(&loop, UV_RUN_DEFAULT);
    log_info("scheduler_stops", "pid=%d", (int)getpid());
  } else {
    log_error("scheduler_start", "why=%s", LOG_QUOTE(e.text));
  }
  stop(&scheduler);
  return ok ? 0 : 1;
}
