#include "scheduler/metrics.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/declaration.h"
#include "scheduler/journal.h"
#include "scheduler/outbox.h"
#include "scheduler/pool.h"
#include "scheduler/present.h"
#include "scheduler/store.h"

/** Largest exposition, bytes: 20,000 services. */
#define TEXT_CAP ((size_t)64 * 1024 * 1024)

static void family(struct buf *b, const char *name, const char *type, const char *unit, const char *help)
{
  buf_printf(b, "# TYPE %s %s\n", name, type);
  if (unit)
    buf_printf(b, "# UNIT %s %s\n", name, unit);
  buf_printf(b, "# HELP %s %s\n", name, help);
}

static void number(struct buf *b, const char *name, const char *type, const char *help, double value)
{
  family(b, name, type, NULL, help);
  buf_printf(b, "%s%s %.17g\n", name, strcmp(type, "counter") == 0 ? "_total" : "", value);
}

/* Names of services need no escaping: they are a-z, 0-9, '.', '_' and '-'. */
static void statuses(struct buf *b, const struct scheduler *s)
{
  int64_t mono_ms = clock_mono_ms();
  family(b, "signalbox_service_status", "gauge", NULL, "1 for the status that the service has now; no_data: it is not known.");
  for (const struct service *service = s->services; service; service = service->hh.next) {
    if (!service->declaration)
      continue;
    enum status now = service_is_stale(service, mono_ms) ? STATUS_NO_DATA : service->confirm.confirmed;
    for (enum status status = STATUS_NO_DATA; status <= STATUS_DOWN; status++)
      buf_printf(b, "signalbox_service_status{service=\"%s\",status=\"%s\"} %d\n", service->name,
                 status == STATUS_NO_DATA ? "no_data" : status_name(status), status == now);
  }
}

static void checks(struct buf *b, const struct scheduler *s)
{
  family(b, "signalbox_service_checks", "counter", NULL,
         "Runs of the service that have ended, by what came of them, since the scheduler's start.");
  for (const struct service *service = s->services; service; service = service->hh.next)
    for (enum status status = STATUS_NO_DATA; service->declaration && status <= STATUS_DOWN; status++)
      buf_printf(b, "signalbox_service_checks_total{service=\"%s\",status=\"%s\"} %" PRIu64 "\n", service->name,
                 status == STATUS_NO_DATA ? "no_data" : status_name(status), service->ended[status]);
}

static void latencies(struct buf *b, const struct scheduler *s)
{
  family(b, "signalbox_service_latency_seconds", "histogram", "seconds", "How long the service's runs took, since the scheduler's start.");
  for (const struct service *service = s->services; service; service = service->hh.next) {
    const struct histogram *h = &service->latencies;
    if (!service->declaration)
      continue;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
      buf_printf(b, "signalbox_service_latency_seconds_bucket{service=\"%s\",le=\"%.3f\"} %" PRIu64 "\n", service->name,
                 (double)histogram_bounds_ms[i] / 1000.0, histogram_up_to(h, i));
    buf_printf(b,
               "signalbox_service_latency_seconds_bucket{service=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
               "signalbox_service_latency_seconds_count{service=\"%s\"} %" PRIu64 "\n"
               "signalbox_service_latency_seconds_sum{service=\"%s\"} %.3f\n",
               service->name, h->count, service->name, h->count, service->name, (double)h->sum_ms / 1000.0);
  }
}

static void own(struct buf *b, const struct scheduler *s)
{
  json_t *overview = present_overview(s), *status = present_status(s);
  const json_t *runs = json_object_get(status, "runs");
  struct journal_depth depth = journal_depth(s->journal);
  struct store_state store = store_state(s->store);
  struct runner_state runner;
  double restarts = 0;
  for (size_t i = 0; pool_runner(s->pool, i, &runner); i++)
    restarts += runner.restarts;
  number(b, "signalbox_ready", "gauge", "1 while generation may start.", json_bool_of(overview, "ready", false));
  number(b, "signalbox_checks", "counter", "Runs that have ended.", (double)json_int_of(runs, "finished", 0));
  number(b, "signalbox_checks_no_data", "counter", "Of those, runs without data: the monitor failed.",
         (double)json_int_of(runs, "no_data", 0));
  number(b, "signalbox_checks_late", "counter", "Runs that began more than a second after they were due.", (double)s->counts.late);
  number(b, "signalbox_checks_skipped", "counter", "Due times passed over because the run before was still going.",
         (double)json_int_of(runs, "skipped", 0));
  number(b, "signalbox_check_lateness_p99_seconds", "gauge", "How late the latest one of 100 runs began.",
         json_number_value(json_object_get(runs, "late_p99_ms")) / 1000.0);
  number(b, "signalbox_journal_entries", "gauge", "Entries on their way to Postgres.", (double)depth.entries);
  number(b, "signalbox_journal_dropped", "counter", "Results that went because the journal was full.", (double)depth.dropped);
  number(b, "signalbox_store_connected", "gauge", "1 while Postgres takes what the journal has.", store.connected);
  number(b, "signalbox_outbox_messages", "gauge", "Messages that have not reached whom they are for.", (double)outbox_count(s->outbox));
  number(b, "signalbox_runner_restarts", "counter", "Runners that were replaced.", restarts);
  json_decref(overview);
  json_decref(status);
}

char *metrics_text(const struct scheduler *s)
{
  struct buf b;
  buf_init(&b, TEXT_CAP);
  statuses(&b, s);
  checks(&b, s);
  latencies(&b, s);
  own(&b, s);
  family(&b, "signalbox_build", "info", NULL, "Which Signalbox this is.");
  buf_printf(&b, "signalbox_build_info{version=\"%s\"} 1\n# EOF\n", SIGNALBOX_VERSION);
  return buf_take(&b);
}
