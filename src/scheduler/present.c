#include "scheduler/present.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/jsontext.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/verdict.h"
#include "scheduler/actions.h"
#include "scheduler/card.h"
#include "scheduler/catalogue.h"
#include "scheduler/files.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/heartbeat.h"
#include "scheduler/journal.h"
#include "scheduler/network.h"
#include "scheduler/outbox.h"
#include "scheduler/pool.h"
#include "scheduler/store.h"

/** Longest overview, bytes: what a client of the control socket takes (base/ask.h). */
#define OVERVIEW_CAP ((size_t)16 * 1024 * 1024)

/* All but the services. */
static json_t *present_head(const struct scheduler *s, int64_t mono_ms)
{
  json_t *json = json_object();
  struct verdict verdict = { 0 };
  for (const struct service *service = s->services; service; service = service->hh.next)
    if (service->declaration)
      verdict_add(&verdict, service_is_stale(service, mono_ms) ? STATUS_NO_DATA : service->confirm.confirmed,
                  service->declaration->critical);
  json_set_stamp(json, "generated_at", clock_wall_us());
  json_set_text(json, "status", status_name(verdict_status(&verdict)));
  json_object_set_new(json, "ready", json_boolean(gatekeeper_is_ready(s->gatekeeper)));
  json_object_set_new(json, "blocking", gatekeeper_blocking(s->gatekeeper));
  json_object_set_new(json, "gate", gatekeeper_flag(s->gatekeeper));
  json_object_set_new(json, "broken_files", files_broken(s->files));
  json_object_set_new(json, "network", network_present(s->network));
  return json;
}

char *present_overview_text(const struct scheduler *s)
{
  struct buf b;
  int64_t mono_ms = clock_mono_ms();
  buf_init(&b, OVERVIEW_CAP);
  buf_add_text(&b, PRESENT_SERVICES);
  for (const struct service *service = s->services; service; service = service->hh.next) {
    if (!service->declaration)
      continue;
    jsontext_separate(&b);
    card_write(&b, s, service, mono_ms);
  }
  json_t *head = present_head(s, mono_ms);
  char *line = json_line(head);
  buf_add_text(&b, "],");
  buf_add_text(&b, line + 1);
  free(line);
  json_decref(head);
  return buf_take(&b);
}

json_t *present_overview(const struct scheduler *s)
{
  struct err e;
  char *text = present_overview_text(s);
  json_t *json = json_read(text, strlen(text), &e);
  free(text);
  return json ? json : json_object();
}

/* Keys of the declaration that a detail shows as they are. */
static const char *const declared[] = { "limits", "every_ms", "timeout_ms", "retry_every_ms", "rise", "fall", "depends_on", "flap" };

json_t *present_service(const struct scheduler *s, const char *name)
{
  const struct service *service;
  HASH_FIND_STR(s->services, name, service);
  if (!service || !service->declaration)
    return NULL;
  int64_t mono_ms = clock_mono_ms(), wall_us = clock_wall_us();
  json_t *card = card_json(s, service, mono_ms), *json = json_object();
  json_object_set(card, "measures", service->measures ? service->measures : json_null());
  for (size_t i = 0; i < ARRAY_LEN(declared); i++) {
    json_t *value = json_object_get(service->declaration->json, declared[i]);
    json_object_set(card, declared[i], value ? value : json_null());
  }
  json_t *restarts = actions_history(s->actions, name);
  json_object_set(card, "restarts", restarts ? restarts : json_null());
  json_set_text(card, "file", service->file);
  json_set_int(card, "skipped", (int64_t)service->skipped);
  json_set_stamp(card, "next_check_at", service->due.slot ? wall_us + (service->due.at_ms - mono_ms) * 1000 : 0);
  json_object_set_new(json, "service", card);
  return json;
}

static int compare_int32(const void *a, const void *b)
{
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* The 99th percentile of how late the last runs began, milliseconds. */
static double late_p99_ms(const struct run_counts *c)
{
  size_t n = c->late_count < ARRAY_LEN(c->late_us) ? c->late_count : ARRAY_LEN(c->late_us);
  if (!n)
    return 0;
  int32_t *sorted = mem_new(n, sizeof *sorted);
  memcpy(sorted, c->late_us, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, compare_int32);
  size_t at = (n - 1) * 99 / 100;
  double p99 = sorted[at] / 1000.0;
  free(sorted);
  return p99;
}

static json_t *present_runners(const struct scheduler *s)
{
  json_t *list = json_array();
  struct runner_state state;
  for (size_t i = 0; pool_runner(s->pool, i, &state); i++) {
    json_t *json = json_object();
    json_set_int(json, "pid", state.pid);
    json_set_int(json, "running", (int64_t)state.runs);
    json_set_int(json, "restarts", state.restarts);
    json_array_append_new(list, json);
  }
  return list;
}

static json_t *present_runs(const struct scheduler *s)
{
  json_t *json = json_object();
  json_set_int(json, "finished", (int64_t)s->counts.finished);
  json_set_int(json, "no_data", (int64_t)s->counts.no_data);
  json_set_int(json, "skipped", (int64_t)s->counts.skipped);
  json_object_set_new(json, "late_p99_ms", json_real(late_p99_ms(&s->counts)));
  return json;
}

static json_t *present_journal(const struct scheduler *s)
{
  struct journal_depth depth = journal_depth(s->journal);
  json_t *json = json_object();
  json_set_int(json, "entries", depth.entries);
  json_set_stamp(json, "oldest_at", depth.oldest_us);
  json_set_int(json, "dropped", depth.dropped);
  json_set_int(json, "set_aside", depth.set_aside);
  json_set_text(json, "error", *journal_error(s->journal) ? journal_error(s->journal) : NULL);
  return json;
}

static json_t *present_store(const struct scheduler *s)
{
  struct store_state state = store_state(s->store);
  json_t *json = json_object();
  json_object_set_new(json, "connected", json_boolean(state.connected));
  json_set_int(json, "stored", state.stored_entries);
  json_set_stamp(json, "failing_since", state.failing_since_us);
  json_set_text(json, "error", state.error && *state.error ? state.error : NULL);
  return json;
}

json_t *present_status(const struct scheduler *s)
{
  json_t *json = json_object();
  json_set_text(json, "version", SIGNALBOX_VERSION);
  json_set_int(json, "pid", getpid());
  json_set_stamp(json, "started_at", s->started_us);
  json_object_set_new(json, "runners", present_runners(s));
  json_object_set_new(json, "runs", present_runs(s));
  json_object_set_new(json, "journal", present_journal(s));
  json_object_set_new(json, "store", present_store(s));
  json_object_set_new(json, "heartbeat", heartbeat_present(s->heartbeat));
  json_set_int(json, "messages_waiting", (int64_t)outbox_count(s->outbox));
  json_object_set_new(json, "files", files_present(s->files));
  return json;
}
