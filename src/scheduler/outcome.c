#include "scheduler/outcome.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "scheduler/actions.h"
#include "scheduler/alerts.h"
#include "scheduler/asking.h"
#include "scheduler/events.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/incidents.h"
#include "scheduler/journal.h"
#include "scheduler/runs.h"
#include "scheduler/walltime.h"

static void keep_newest(struct service *service, const struct outcome *o)
{
  service->ended[o->status]++;
  free(service->no_data_error);
  service->no_data_error = o->status == STATUS_NO_DATA ? mem_copy_text(o->error) : NULL;
  if (o->status == STATUS_NO_DATA)
    return;
  service->result_mono_ms = clock_mono_ms();
  service->latency_ms = o->latency_ms;
  if (o->latency_ms >= 0)
    histogram_add(&service->latencies, o->latency_ms);
  free(service->error);
  service->error = mem_copy_text(o->error);
  json_decref(service->measures);
  service->measures = json_incref((json_t *)(uintptr_t)o->measures);
}

/* Into the journal: what this run said. */
static void note_result(struct scheduler *s, const struct service *service, const struct outcome *o, int64_t at_us)
{
  char *body = o->measures && json_object_size(o->measures) ? json_line(o->measures) : NULL;
  journal_add(s->journal, &(struct entry){
                              .kind = o->status == STATUS_NO_DATA ? ENTRY_NO_DATA : ENTRY_RESULT,
                              .service = service->name,
                              .status = o->status,
                              .latency_ms = o->latency_ms,
                              .error = o->error,
                              .body = body,
                              .at_us = at_us,
                          });
  free(body);
}

/* The end of one window and the start of the next. */
static void note_transition(struct scheduler *s, struct service *service, const struct transition *t)
{
  const char *from = status_name(t->from), *to = status_name(t->to);
  log_info("transition", "service=%s from=%s to=%s why=%s", service->name, from ? from : "no-data", to ? to : "no-data",
           LOG_QUOTE(service->error));
  bool was_up = t->from == STATUS_HEALTHY || t->from == STATUS_DEGRADED;
  bool is_up = t->to == STATUS_HEALTHY || t->to == STATUS_DEGRADED;
  if (!is_up)
    service->up_us = 0;
  else if (!was_up)
    service->up_us = t->at_us;
  flap_note(&service->flap, t->to, clock_mono_ms());
  journal_add(s->journal,
              &(struct entry){ .kind = ENTRY_TRANSITION, .service = service->name, .status = t->to, .latency_ms = -1, .at_us = t->at_us });
  json_t *event = json_object();
  json_set_text(event, "service_name", service->name);
  json_set_text(event, "from", from);
  json_set_text(event, "to", to);
  json_set_stamp(event, "at", t->at_us);
  json_set_text(event, "error_message", service->no_data_error ? service->no_data_error : service->error);
  events_emit(s, "transition", service->name, event);
  alerts_transition(s, service, t);
  incidents_transition(s->incidents, service, t);
  gatekeeper_kick(s->gatekeeper);
}

static void keep_state(struct scheduler *s, const struct service *service)
{
  char *state = service_write_state(service, clock_mono_ms(), clock_wall_us());
  journal_keep_state(s->journal, "service", service->name, state);
  free(state);
}

/* Those who asked for the run learn what it said when that cannot be lost any more. */
static void tell_askers(struct service *service, const struct outcome *o)
{
  struct asking *a;
  while ((a = asking_list_take(&service->rechecks))) {
    json_t *json = json_object();
    json_set_text(json, "status", status_name(o->status));
    json_set_text(json, "error_message", o->error);
    json_object_set_new(json, "latency_ms", o->latency_ms >= 0 ? json_integer(o->latency_ms) : json_null());
    json_set_text(json, "confirmed", status_name(service->confirm.confirmed));
    asking_answer_when_durable(a, json);
  }
}

/* Whether it flaps is true of a service beside its status; who tells people of changes asks service->flapping. True when that changed. */
static bool note_flapping(struct scheduler *s, struct service *service)
{
  const struct flap_rule *rule = service_flap_rule(service, &s->flap);
  bool was_on = service->flapping != 0, is_on = flap_is_on(&service->flap, rule, was_on, clock_mono_ms());
  if (is_on == was_on)
    return false;
  service->flapping = is_on ? clock_wall_us() : 0;
  log_info(is_on ? "flapping_begins" : "flapping_ends", "service=%s changes=%u within_ms=%" PRId64, service->name, rule->changes,
           rule->within_ms);
  return true;
}

void outcome_look_at_flapping(struct scheduler *s, struct service *service)
{
  if (note_flapping(s, service))
    keep_state(s, service);
}

void outcome_of_run(struct scheduler *s, struct service *service, const struct outcome *o)
{
  const struct declaration *d = service->declaration;
  int64_t now_us = walltime_now_us(s);
  struct transition t;

  keep_newest(service, o);
  note_result(s, service, o, now_us);
  if (confirm_result(&service->confirm, o->status, now_us, d->rise, d->fall, &t))
    note_transition(s, service, &t);
  note_flapping(s, service);
  keep_state(s, service);
  events_card_changed(s, service);
  tell_askers(service, o);
  runs_schedule_next(s, service);
  actions_run_ended(s->actions, service, o);
}

void outcome_unknown(struct scheduler *s, struct service *service, int64_t at_us)
{
  struct transition t;
  if (confirm_expire(&service->confirm, at_us, &t))
    note_transition(s, service, &t);
  keep_state(s, service);
  events_card_changed(s, service);
}

void outcome_clock_set(struct scheduler *s, struct service *service, int64_t by_us)
{
  int64_t *const stamps[] = { &service->up_us, &service->rests_until_us, &service->flapping };
  confirm_move(&service->confirm, by_us);
  for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
    if (*stamps[i])
      *stamps[i] += by_us;
  keep_state(s, service);
}
