#include "scheduler/telling.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/alert_message.h"
#include "core/declaration.h"
#include "scheduler/alerts.h"
#include "scheduler/catalogue.h"
#include "scheduler/items.h"
#include "scheduler/ledger.h"
#include "scheduler/outbox.h"
#include "scheduler/walltime.h"

#define REASON_SIZE 512

/* ---- from what is known to an alert ---- */

/* Names of those that depend on it, directly or over others. */
static json_t *dependents_of(const struct scheduler *s, const struct service *parent)
{
  json_t *names = json_array();
  for (const struct service *service = s->services; service && json_array_size(names) < ALERT_NAMES_MOST; service = service->hh.next)
    if (service != parent && catalogue_depends_on(s, service, parent))
      json_array_append_new(names, json_string(service->name));
  return names;
}

static const char *error_of(const struct service *service, enum status status)
{
  if (!service || status == STATUS_HEALTHY)
    return NULL;
  return status == STATUS_NO_DATA && service->no_data_error ? service->no_data_error : service->error;
}

/* dependents are the item's, to be released. */
static struct alert_item describe(const struct scheduler *s, const char *name, const struct alert *alert, enum alert_event event,
                                  enum status problem)
{
  const struct service *service = catalogue_find(s, name);
  const struct declaration *d = service ? service->declaration : NULL;
  struct alert_item item = {
    .event = event,
    .incident = alert->incident ? alert->incident : name,
    .service = name,
    .title = d ? d->title : name,
    .group = d ? d->group : NULL,
    .critical = d && d->critical,
    .status = alert->gone                 ? STATUS_NO_DATA
              : problem == STATUS_HEALTHY ? problem
                                          : alert->status,
    .worst = alert->worst,
    .began_us = alert->began_us,
    .since_us = alert->since_us,
    .ended_us = event == ALERT_RECOVERED ? alert->ended_us : 0,
    .retired = alert->gone,
    .ack = alert->ack.by ? &alert->ack : NULL,
  };
  item.error = error_of(service, item.status);
  if (event == ALERT_SUMMARY) {
    item.worst = alert->missed.worst;
    item.began_us = alert->missed.began_us;
    item.ended_us = alert->missed.ended_us;
    item.times = alert->missed.count;
  }
  if (service && item.status == STATUS_DOWN)
    item.dependents = dependents_of(s, service);
  return item;
}

static void release(struct alert_item *item)
{
  json_decref((json_t *)(uintptr_t)item->dependents);
}

/* ---- messages ---- */

/* Rows of the ledger for a message, and the list by which its attempts find them. Returns the journal's last seq. */
static int64_t note_rows(struct scheduler *s, const char *message, const char *channel, const struct alert_item *items, size_t n,
                         int64_t now_us, json_t *deliveries)
{
  char line[ALERT_TITLE_SIZE];
  int64_t seq = 0;
  for (size_t i = 0; i < n; i++) {
    char *id = mem_printf("%s-%zu", message, i + 1);
    json_t *one = json_object();
    json_set_text(one, "id", id);
    json_set_text(one, "service_name", items[i].service);
    json_set_text(one, "event", alert_event_name(items[i].event));
    json_array_append_new(deliveries, one);
    seq = ledger_alert(s,
                       &(struct ledger_alert){ .id = id,
                                               .alert_id = items[i].incident,
                                               .message = message,
                                               .service = items[i].service,
                                               .channel = channel,
                                               .event = items[i].event,
                                               .status = items[i].status,
                                               .state = "pending",
                                               .summary = alert_message_line(&items[i], now_us, line) },
                       now_us);
    free(id);
  }
  return seq;
}

/* id: room for its key. */
static void put(struct scheduler *s, const struct alert_target *target, const struct alert_item *items, size_t n, size_t more,
                char id[ALERT_ID_SIZE])
{
  struct alert_envelope envelope = {
    .channel = target->channel, .url = target->url, .page_url = alerts_settings(s)->page_url, .now_us = walltime_now_us(s), .more = more
  };
  envelope.id = ledger_key(envelope.now_us, id);
  json_t *deliveries = json_array();
  int64_t seq = note_rows(s, id, target->channel, items, n, envelope.now_us, deliveries);
  outbox_put(s->outbox, alert_message_make(&envelope, items, n), deliveries, seq);
}

void telling_send(struct scheduler *s, const struct alert_target *target, const struct board_item *items, size_t n, size_t more)
{
  struct alert_item described[BOARD_ITEMS_MOST] = { 0 };
  char id[ALERT_ID_SIZE];
  for (size_t i = 0; i < n; i++) {
    described[i] = describe(s, items[i].service, items[i].alert, items[i].event, items[i].status);
    described[i].previous = items[i].previous;
    described[i].reference = items[i].reference;
    described[i].flapping = items[i].view->flapping && items[i].event != ALERT_RECOVERED;
  }
  put(s, target, described, n, more, id);
  for (size_t i = 0; i < n; i++)
    release(&described[i]);
}

/* ---- what is not sent ---- */

static void explain(const struct board_item *item, enum alert_hold why, char reason[REASON_SIZE])
{
  const struct alert *alert = item->alert;
  switch (why) {
  case HOLD_NOT: reason[0] = '\0'; break;
  case HOLD_OFF: snprintf(reason, REASON_SIZE, "alerts are switched off for this service"); break;
  case HOLD_ACKNOWLEDGED:
    snprintf(reason, REASON_SIZE, "acknowledged by %s%s%.200s", alert->ack.by, alert->ack.note ? ": " : "",
             alert->ack.note ? alert->ack.note : "");
    break;
  case HOLD_MAINTENANCE: snprintf(reason, REASON_SIZE, "maintenance: %s", item->view->maintenance); break;
  case HOLD_PARENT: snprintf(reason, REASON_SIZE, "it depends on %s, which is down", item->view->parent); break;
  case HOLD_BRIEF:
    snprintf(reason, REASON_SIZE, "it was over after %" PRId64 " s, before its delay of %" PRId64 " s",
             alert->ended_us > alert->began_us ? (alert->ended_us - alert->began_us) / 1000000 : 0, item->view->config->delay_ms / 1000);
    break;
  }
}

void telling_hold(struct scheduler *s, const struct alert_target *target, const struct board_item *item, enum alert_hold why)
{
  char id[ALERT_ID_SIZE], reason[REASON_SIZE], line[ALERT_TITLE_SIZE];
  int64_t now_us = walltime_now_us(s);
  struct alert_item described = describe(s, item->service, item->alert, item->event, item->status);
  described.previous = item->previous;
  if (why == HOLD_BRIEF)
    described.status = item->status;
  explain(item, why, reason);
  ledger_alert(s,
               &(struct ledger_alert){ .id = ledger_key(now_us, id),
                                       .alert_id = described.incident,
                                       .service = item->service,
                                       .channel = target->channel,
                                       .event = item->event,
                                       .status = described.status,
                                       .state = "suppressed",
                                       .reason = reason,
                                       .summary = alert_message_line(&described, now_us, line) },
               now_us);
  release(&described);
}

void telling_page(struct scheduler *s, const struct service *service, const struct alert *alert, enum alert_event event)
{
  char id[ALERT_ID_SIZE], line[ALERT_TITLE_SIZE];
  int64_t now_us = walltime_now_us(s);
  struct alert_item described = describe(s, service->name, alert, event, alert->status);
  ledger_alert(s,
               &(struct ledger_alert){ .id = ledger_key(now_us, id),
                                       .alert_id = described.incident,
                                       .service = service->name,
                                       .channel = "dashboard",
                                       .event = event,
                                       .status = alert->status,
                                       .state = "delivered",
                                       .summary = alert_message_line(&described, now_us, line) },
               now_us);
  release(&described);
}

/* ---- drills ---- */

static bool check_channels(const struct scheduler *s, const json_t *channels, struct err *e)
{
  size_t i;
  const json_t *name;
  json_array_foreach(channels, i, name) {
    const char *text = json_string_value(name);
    if (!text || (strcmp(text, "dashboard") != 0 && !items_find(s, ITEM_CHANNEL, text)))
      return err_set(e, "there is no channel \"%s\"", text ? text : "?");
  }
  return true;
}

static bool is_among(const json_t *channels, const char *name)
{
  size_t i;
  const json_t *channel;
  json_array_foreach(channels, i, channel)
    if (strcmp(json_string_value(channel), name) == 0)
      return true;
  return !channels;
}

json_t *telling_drill(struct scheduler *s, const struct service *service, const json_t *channels, struct err *e)
{
  const struct alert_config *config = alerts_config(s, service->name);
  char drill[ALERT_ID_SIZE], id[ALERT_ID_SIZE];
  size_t i;
  const json_t *name;
  if (!check_channels(s, channels, e))
    return NULL;
  json_t *sends = json_array();
  char *incident = mem_printf("drill:%s", ledger_key(walltime_now_us(s), drill));
  for (char *c = incident; *c; c++)
    *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
  struct alert_item item = { .event = ALERT_DRILL,
                             .incident = incident,
                             .service = service->name,
                             .title = service->declaration->title,
                             .status = service->confirm.confirmed };
  item.group = service->declaration->group;
  item.critical = service->declaration->critical;
  for (i = 0; i < config->target_count; i++) {
    if (!is_among(channels, config->targets[i].channel))
      continue;
    put(s, &config->targets[i], &item, 1, 0, id);
    json_array_append_new(sends, json_string(id));
  }
  /* Channels that are not the service's may be tried too. */
  json_array_foreach(channels, i, name) {
    struct alert_target target = { .channel = (char *)(uintptr_t)json_string_value(name) };
    bool done = strcmp(target.channel, "dashboard") == 0;
    for (size_t k = 0; k < config->target_count; k++)
      done = done || strcmp(config->targets[k].channel, target.channel) == 0;
    if (done)
      continue;
    put(s, &target, &item, 1, 0, id);
    json_array_append_new(sends, json_string(id));
  }
  free(incident);
  outbox_look(s->outbox);
  return json_pack("{s:s, s:o}", "drill", drill, "sends", sends);
}
