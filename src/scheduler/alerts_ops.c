/* What anybody at the control socket may ask about alerts; "actor" and "from" say who does, for the audit trail:
 *   {"op":"acknowledge","service","note","until"}   holds its alerts back; until (a stamp) may be left out
 *   {"op":"unacknowledge","service"}                lifts that
 *   {"op":"alert_test","service","channels":[...]}  a test to its channels, or to those; {"drill","sends":[ids]}
 *   {"op":"config"}                                 {"config":{"alerts":[...],"maintenance":[...]}} as last read from Postgres
 *   {"op":"channels"}                               {"channels":[...]} with how each one does, and how many messages wait */
#include "base/clock.h"
#include "base/json.h"
#include "scheduler/alerts.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/config.h"
#include "scheduler/items.h"
#include "scheduler/outbox.h"
#include "scheduler/telling.h"

#define NOTE_MOST 500

/* The declared service that the request names; NULL: it was refused. */
static struct service *service_of(struct scheduler *s, struct asking *a, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  struct service *service = catalogue_find(s, name);
  if (service && service->declaration)
    return service;
  asking_refuse(a, "not_found", "there is no service \"%s\"", name);
  return NULL;
}

static void note_audit(struct scheduler *s, const json_t *request, const char *action, const char *subject, const json_t *parameters)
{
  struct audit audit = { .action = action, .subject = subject, .parameters = parameters, .outcome = "done" };
  audit_from(&audit, request);
  audit_note(s, &audit);
}

static void op_acknowledge(struct scheduler *s, struct asking *a, const json_t *request)
{
  struct service *service = service_of(s, a, request);
  const char *note = json_text_of(request, "note", NULL), *until = json_text_of(request, "until", NULL);
  int64_t until_us = 0;
  if (!service)
    return;
  if (note && strlen(note) > NOTE_MOST)
    asking_refuse(a, "bad_note", "note: at most %d bytes", NOTE_MOST);
  else if (until && (!clock_parse(until, &until_us) || until_us <= clock_wall_us()))
    asking_refuse(a, "bad_until", "until: must be a time to come, such as 2026-11-24T22:00:00Z");
  else if (!alerts_acknowledge(s, service, json_text_of(request, "actor", "somebody"), note && *note ? note : NULL, until_us))
    asking_refuse(a, "well", "%s is well: there is nothing to acknowledge", service->name);
  else {
    json_t *ack = alerts_present_ack(s, service->name);
    note_audit(s, request, "acknowledge", service->name, ack);
    asking_answer_when_durable(a, json_pack("{s:o}", "acknowledged", ack));
  }
}

static void op_unacknowledge(struct scheduler *s, struct asking *a, const json_t *request)
{
  struct service *service = service_of(s, a, request);
  if (!service)
    return;
  if (!alerts_acknowledge(s, service, NULL, NULL, 0)) {
    asking_refuse(a, "well", "%s is not acknowledged", service->name);
    return;
  }
  note_audit(s, request, "unacknowledge", service->name, NULL);
  asking_answer_when_durable(a, NULL);
}

static void op_alert_test(struct scheduler *s, struct asking *a, const json_t *request)
{
  struct err e;
  struct service *service = service_of(s, a, request);
  const json_t *channels = json_object_get(request, "channels");
  if (!service)
    return;
  json_t *drill = telling_drill(s, service, json_is_array(channels) ? channels : NULL, &e);
  if (!drill) {
    asking_refuse(a, "bad_channels", "channels: %s", e.text);
    return;
  }
  note_audit(s, request, "alert_test", service->name, drill);
  asking_answer_when_durable(a, drill);
}

static void op_channels(struct scheduler *s, struct asking *a, const json_t *request)
{
  json_t *list = json_array();
  (void)request;
  for (const struct item *item = s->items[ITEM_CHANNEL]; item; item = item->hh.next) {
    json_t *json = outbox_channel(s->outbox, item->name);
    json_set_text(json, "name", item->name);
    json_set_text(json, "title", json_text_of(item->declaration, "title", item->name));
    json_set_text(json, "file", item->file);
    json_array_append_new(list, json);
  }
  asking_answer(a, json_pack("{s:o, s:I}", "channels", list, "pending", (json_int_t)outbox_count(s->outbox)));
}

static void op_config(struct scheduler *s, struct asking *a, const json_t *request)
{
  static const char *const sections[] = { "alerts", "maintenance" };
  json_t *config = json_object();
  (void)request;
  for (size_t i = 0; i < ARRAY_LEN(sections); i++)
    json_object_set(config, sections[i], (json_t *)(uintptr_t)config_get(s->config, sections[i]));
  asking_answer(a, json_pack("{s:o}", "config", config));
}

const struct control_op alerts_ops[] = {
  { "acknowledge", op_acknowledge }, { "unacknowledge", op_unacknowledge },
  { "alert_test", op_alert_test },   { "channels", op_channels },
  { "config", op_config },           { NULL, NULL },
};
