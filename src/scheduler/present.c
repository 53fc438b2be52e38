#include "scheduler/present.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "scheduler/alerts.h"
#include "scheduler/catalogue.h"
#include "scheduler/files.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/heartbeat.h"
#include "scheduler/journal.h"
#include "scheduler/network.h"
#include "scheduler/outbox.h"
#include "scheduler/pool.h"
#include "scheduler/store.h"

/* A probe may know better than the windows when its service was started: the measure up_since, a stamp or seconds since 1970. */
static int64_t up_since_us(const struct service *service)
{
  const json_t *own = json_object_get(service->measures, "up_since");
  int64_t us;
  if (json_is_number(own))
    return (int64_t)(json_number_value(own) * 1e6);
  if (json_is_string(own) && clock_parse(json_string_value(own), &us))
    return us;
  return service->up_us;
}

/* [{"service_name", "title", "status"}] of what it depends on directly; a name that nobody declares has neither title nor status. */
static json_t *present_parents(const struct scheduler *s, const struct service *service, int64_t mono_ms)
{
  json_t *list = json_array();
  size_t i;
  const json_t *name;
  json_array_foreach(json_object_get(service->declaration->json, "depends_on"), i, name) {
    const struct service *parent = catalogue_find(s, json_string_value(name));
    bool declared = parent && parent->declaration;
    json_t *json = json_object();
    json_object_set(json, "service_name", (json_t *)(uintptr_t)name);
    json_set_text(json, "title", declared ? parent->declaration->title : NULL);
    json_set_text(json, "status", declared && !service_is_stale(parent, mono_ms) ? status_name(parent->confirm.confirmed) : NULL);
    json_array_append_new(list, json);
  }
  return list;
}

/* A script that keeps ending its runners is let run less and less often. */
static json_t *present_quarantine(const struct service *service)
{
  if (!service->rests_until_us)
    return json_null();
  json_t *json = json_object();
  json_set_text(json, "why", service->no_data_error);
  json_set_int(json, "times", service->runners_ended);
  json_set_stamp(json, "until", service->rests_until_us);
  return json;
}

/* What can be done to it: restart, logs, diagnose, and actions of its own. */
static const char *const deeds[] = { "can", "actions" };

json_t *present_card(const struct scheduler *s, const struct service *service, int64_t mono_ms)
{
  const struct declaration *d = service->declaration;
  const struct confirm *c = &service->confirm;
  json_t *json = json_object();
  json_set_text(json, "service_name", service->name);
  json_set_text(json, "title", d->title);
  json_set_text(json, "group", d->group);
  json_set_text(json, "status", status_name(c->confirmed));
  json_set_stamp(json, "since", c->since_us);
  json_set_stamp(json, "up_since", service->up_us ? up_since_us(service) : 0);
  json_object_set_new(json, "latency_ms", service->latency_ms >= 0 ? json_integer(service->latency_ms) : json_null());
  json_set_stamp(json, "checked_at", c->last_us);
  json_object_set_new(json, "stale", json_boolean(service_is_stale(service, mono_ms)));
  json_set_text(json, "error_message", service->no_data_error ? service->no_data_error : service->error);
  json_object_set_new(json, "critical", json_boolean(d->critical));
  json_object_set_new(json, "public", json_boolean(d->is_public));
  for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
    json_t *declared_deeds = json_object_get(d->json, deeds[i]);
    json_object_set_new(json, deeds[i], declared_deeds ? json_incref(declared_deeds) : json_object());
  }
  json_set_stamp(json, "flapping_since", service->flapping);
  json_object_set_new(json, "quarantine", present_quarantine(service));
  json_object_set_new(json, "parents", present_parents(s, service, mono_ms));
  const struct service *down = catalogue_down_parent(s, service);
  json_set_text(json, "down_parent", down ? down->name : NULL);
  alerts_present(s, service, json);
  return json;
}

json_t *present_overview(const struct scheduler *s)
{
  json_t *json = json_object(), *services = json_array();
  int64_t mono_ms = clock_mono_ms();
  for (const struct service *service = s->services; service; service = service->hh.next) {
    if (!service->declaration)
      continue;
    json_array_append_new(services, present_card(s, service, mono_ms));
  }
  json_set_stamp(json, "generated_at", clock_wall_us());
  json_object_set_new(json, "ready", json_boolean(gatekeeper_is_ready(s->gatekeeper)));
  json_object_set_new(json, "blocking", gatekeeper_blocking(s->gatekeeper));
  json_object_set_new(json, "gate", gatekeeper_flag(s->gatekeeper));
  json_object_set_new(json, "services", services);
  json_object_set_new(json, "broken_files", files_broken(s->files));
  json_object_set_new(json, "network", network_present(s->network));
  return json;
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
  json_t *card = present_card(s, service, mono_ms), *json = json_object();
  json_object_set(card, "measures", service->measures ? service->measures : json_null());
  for (size_t i = 0; i < ARRAY_LEN(declared); i++) {
    json_t *value = json_object_get(service->declaration->json, declared[i]);
    json_object_set(card, declared[i], value ? value : json_null());
  }
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
