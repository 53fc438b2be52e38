#include "scheduler/alerts.h"

#include <uthash.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/jsontext.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/alert_state.h"
#include "core/declaration.h"
#include "core/maintenance.h"
#include "scheduler/catalogue.h"
#include "scheduler/config.h"
#include "scheduler/events.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/network.h"
#include "scheduler/outbox.h"
#include "scheduler/runs.h"
#include "scheduler/telling.h"
#include "scheduler/walltime.h"

/** Until all files were read the policy waits, milliseconds a look. */
#define WAIT_MS 100

/* The configuration of a service, as it was last asked for. */
struct configured {
  char *service;
  struct alert_config config;
  UT_hash_handle hh;
};

struct alerts {
  struct scheduler *scheduler;
  struct board *board;
  struct alert_settings settings;
  struct configured *configs;
  struct maintenance *windows;
  size_t window_count;
  json_t *noted_defaults; /* as Postgres was told last, NULL: not yet */
  uv_timer_t timer;
};

static struct moment now(struct scheduler *s)
{
  return (struct moment){ .us = walltime_now_us(s), .ms = clock_mono_ms() };
}

/* ---- configuration ---- */

static void forget_configs(struct alerts *a)
{
  struct configured *c, *next;
  HASH_ITER(hh, a->configs, c, next) {
    HASH_DEL(a->configs, c);
    alert_config_done(&c->config);
    free(c->service);
    free(c);
  }
}

static const json_t *row_of(const struct alerts *a, const char *service)
{
  size_t i;
  const json_t *row;
  json_array_foreach(config_get(a->scheduler->config, "alerts"), i, row)
    if (strcmp(json_text_of(row, "service_name", ""), service) == 0)
      return row;
  return NULL;
}

static const struct alert_config *config_of(struct alerts *a, const char *service)
{
  struct configured *c;
  HASH_FIND_STR(a->configs, service, c);
  if (!c) {
    c = MEM_NEW(struct configured);
    c->service = mem_copy_text(service);
    alert_config_read(&c->config, row_of(a, service), &a->settings);
    HASH_ADD_KEYPTR(hh, a->configs, c->service, strlen(c->service), c);
  }
  return &c->config;
}

static void drop_windows(struct alerts *a)
{
  for (size_t i = 0; i < a->window_count; i++)
    maintenance_done(&a->windows[i]);
  free(a->windows);
  a->windows = NULL;
  a->window_count = 0;
}

static void read_windows(struct alerts *a)
{
  const json_t *list = config_get(a->scheduler->config, "maintenance"), *json;
  const char *field;
  size_t i;
  struct err e;
  drop_windows(a);
  a->windows = mem_new(json_array_size(list) + 1, sizeof *a->windows);
  json_array_foreach(list, i, json) {
    if (maintenance_read(&a->windows[a->window_count], json, &field, &e))
      a->window_count++;
    else
      log_warn("maintenance_refused", "id=%" PRId64 " field=%s why=%s instead=ignored", json_int_of(json, "id", 0), field,
               LOG_QUOTE(e.text));
  }
}

static void turn_soon(struct alerts *a);

void alerts_config_changed(struct scheduler *s, const char *section)
{
  struct alerts *a = s->alerts;
  if (!a)
    return;
  if (strcmp(section, "alerts") == 0)
    forget_configs(a);
  else if (strcmp(section, "maintenance") == 0)
    read_windows(a);
  for (struct service *service = s->services; service; service = service->hh.next)
    if (service->declaration && strcmp(section, "maintenance") == 0)
      events_card_changed(s, service);
  turn_soon(a);
}

bool alerts_check_settings(const json_t *settings, struct err *e)
{
  struct alert_settings read;
  alert_settings_init(&read);
  bool ok = alert_settings_read(&read, settings, e);
  alert_settings_done(&read);
  return ok;
}

/* The API shows the defaults of services without a row, and has to know which addresses may be. Once, and when they change. */
static void note_defaults(struct alerts *a)
{
  const struct alert_settings *settings = &a->settings;
  json_t *json = json_pack("{s:{s:I, s:I, s:b}}", "alerts", "delay_seconds", (json_int_t)(settings->delay_ms / 1000), "reminder_seconds",
                           (json_int_t)(settings->reminder_ms / 1000), "insecure_urls", settings->insecure_urls);
  if (settings->channels)
    json_object_set(json_object_get(json, "alerts"), "channels", settings->channels);
  if (!json_equal(json, a->noted_defaults)) {
    char *body = json_line(json);
    journal_add(
        a->scheduler->journal,
        &(struct entry){ .kind = ENTRY_NOTE, .note = "settings", .service = "", .body = body, .latency_ms = -1, .at_us = clock_wall_us() });
    free(body);
  }
  json_decref(a->noted_defaults);
  a->noted_defaults = json;
}

void alerts_use_settings(struct scheduler *s, const json_t *settings)
{
  struct alerts *a = s->alerts;
  struct err e;
  if (!alert_settings_read(&a->settings, settings, &e)) {
    log_error("alert_settings", "why=%s instead=as_before", LOG_QUOTE(e.text));
    return;
  }
  forget_configs(a);
  board_set_grouping(a->board, a->settings.group_ms);
  outbox_set_patience(s->outbox, a->settings.give_up_ms);
  note_defaults(a);
  turn_soon(a);
}

const struct alert_settings *alerts_settings(const struct scheduler *s)
{
  return &s->alerts->settings;
}

const struct alert_config *alerts_config(const struct scheduler *s, const char *service)
{
  return config_of(s->alerts, service);
}

/* ---- what the policy is told of the world ---- */

static const struct maintenance *window_of(const struct alerts *a, const char *service, int64_t now_us, int64_t *ends_us)
{
  for (size_t i = 0; i < a->window_count; i++)
    if (maintenance_covers(&a->windows[i], service) && maintenance_is_on(&a->windows[i], now_us, ends_us))
      return &a->windows[i];
  return NULL;
}

/* Is a worse status of it being confirmed? */
static bool wavers(const struct service *service)
{
  const struct confirm *c = &service->confirm;
  for (enum status status = STATUS_DEGRADED; status <= STATUS_DOWN; status++)
    if (status > c->confirmed && c->streak[status])
      return true;
  return false;
}

static bool view(void *arg, const char *name, struct alert_view *v)
{
  struct alerts *a = arg;
  struct scheduler *s = a->scheduler;
  const struct service *service = catalogue_find(s, name);
  int64_t ends_us;
  const struct maintenance *window = window_of(a, name, clock_wall_us(), &ends_us);
  *v = (struct alert_view){ .config = config_of(a, name), .maintenance = window ? window->title : NULL };
  v->blind = network_is_lost(s->network);
  v->no_data_ms = a->settings.no_data_ms > v->config->delay_ms ? a->settings.no_data_ms : v->config->delay_ms;
  if (!service || !service->declaration)
    return false;
  const struct service *down = catalogue_down_parent(s, service);
  v->flapping = service->flapping != 0;
  v->parent = down ? down->name : NULL;
  v->parent_wavers = !down && catalogue_parent(s, service, wavers);
  v->prove_ms = service->every_ms * service->declaration->rise + service->declaration->timeout_ms;
  return true;
}

static void tell(void *arg, const struct alert_target *target, const struct board_item *items, size_t n, size_t more)
{
  struct alerts *a = arg;
  telling_send(a->scheduler, target, items, n, more);
}

static void hold(void *arg, const struct alert_target *target, const struct board_item *item, enum alert_hold why)
{
  struct alerts *a = arg;
  telling_hold(a->scheduler, target, item, why);
}

static void keep(void *arg, const char *service, const struct alert *alert)
{
  struct alerts *a = arg;
  json_t *json = alert ? alert_state_write(alert, now(a->scheduler)) : NULL;
  char *text = json ? json_line(json) : NULL;
  journal_keep_state(a->scheduler->journal, "alert", service, text);
  free(text);
  json_decref(json);
}

/* ---- turns ---- */

static void on_timer(uv_timer_t *timer)
{
  struct alerts *a = timer->data;
  if (!files_are_read(a->scheduler->files)) {
    uv_timer_start(&a->timer, on_timer, WAIT_MS, 0);
    return;
  }
  struct moment m = now(a->scheduler);
  int64_t again_ms = board_turn(a->board, m);
  if (again_ms != INT64_MAX)
    uv_timer_start(&a->timer, on_timer, again_ms > m.ms ? (uint64_t)(again_ms - m.ms) : 0, 0);
  outbox_look(a->scheduler->outbox);
}

static void turn_soon(struct alerts *a)
{
  if (!uv_is_closing((uv_handle_t *)&a->timer))
    uv_timer_start(&a->timer, on_timer, 0, 0);
}

/* What it depends on may be the reason: it is looked at now, so that it is known when this would be told. */
static void look_at_parents(struct scheduler *s, const struct service *service)
{
  size_t i;
  const json_t *name;
  json_array_foreach(json_object_get(service->declaration->json, "depends_on"), i, name) {
    struct service *parent = json_is_string(name) ? catalogue_find(s, json_string_value(name)) : NULL;
    if (parent && parent->confirm.confirmed != STATUS_DOWN)
      runs_start(s, parent);
  }
}

void alerts_transition(struct scheduler *s, struct service *service, const struct transition *t)
{
  struct alerts *a = s->alerts;
  enum alert_event event = board_transition(a->board, service->name, t->to, t->at_us, now(s));
  if (event != ALERT_NOTHING)
    telling_page(s, service, board_find(a->board, service->name), event);
  if ((t->to == STATUS_DEGRADED || t->to == STATUS_DOWN) && service->declaration)
    look_at_parents(s, service);
  turn_soon(a);
}

void alerts_clock_set(struct scheduler *s, int64_t by_us)
{
  if (s->alerts)
    board_clock_set(s->alerts->board, by_us);
}

void alerts_reference(struct scheduler *s, const char *incident, const char *channel, const char *url, const char *reference)
{
  struct alert_target target = { .channel = (char *)(uintptr_t)channel, .url = (char *)(uintptr_t)url };
  board_reference(s->alerts->board, incident, &target, reference);
}

bool alerts_acknowledge(struct scheduler *s, struct service *service, const char *by, const char *note, int64_t until_us)
{
  if (!board_acknowledge(s->alerts->board, service->name, by, note, until_us, now(s)))
    return false;
  events_card_changed(s, service);
  turn_soon(s->alerts);
  return true;
}

json_t *alerts_present_ack(const struct scheduler *s, const char *service)
{
  const struct alert *alert = board_find(s->alerts->board, service);
  if (!alert || !alert->ack.by)
    return json_null();
  json_t *json = json_object();
  json_set_text(json, "by", alert->ack.by);
  json_set_text(json, "note", alert->ack.note);
  json_set_stamp(json, "at", alert->ack.at_us);
  json_set_stamp(json, "until", alert->ack.until_us);
  return json;
}

void alerts_present(const struct scheduler *s, const struct service *service, struct buf *card)
{
  int64_t ends_us = 0;
  const struct maintenance *window = window_of(s->alerts, service->name, clock_wall_us(), &ends_us);
  json_t *ack = alerts_present_ack(s, service->name);
  jsontext_value(card, "acknowledged", ack);
  json_decref(ack);
  if (!window) {
    jsontext_raw(card, "maintenance", "null");
    return;
  }
  jsontext_raw(card, "maintenance", "{");
  jsontext_int(card, "id", window->id);
  jsontext_text(card, "title", window->title);
  jsontext_stamp(card, "until", ends_us);
  buf_add_text(card, "}");
}

/* ---- start and end ---- */

static void restore(void *arg, const char *service, const char *text)
{
  struct alerts *a = arg;
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  if (json)
    alert_state_read(board_restore(a->board, service), json, now(a->scheduler));
  json_decref(json);
}

struct alerts *alerts_new(struct scheduler *s, struct err *e)
{
  struct alerts *a = MEM_NEW(struct alerts);
  a->scheduler = s;
  alert_settings_init(&a->settings);
  a->board = board_new(&(struct board_world){ .view = view, .tell = tell, .hold = hold, .keep = keep, .arg = a });
  board_set_grouping(a->board, a->settings.group_ms);
  if (!journal_each_state(s->journal, "alert", restore, a, e)) {
    alerts_free(a);
    return NULL;
  }
  /* What a version without alerts knew already. */
  for (struct service *service = s->services; service; service = service->hh.next)
    if (service->confirm.confirmed != STATUS_NO_DATA && !board_find(a->board, service->name))
      board_transition(a->board, service->name, service->confirm.confirmed, service->confirm.since_us, now(s));
  read_windows(a);
  uv_timer_init(s->loop, &a->timer);
  a->timer.data = a;
  turn_soon(a);
  return a;
}

void alerts_stop(struct alerts *a)
{
  uv_close((uv_handle_t *)&a->timer, NULL);
}

void alerts_free(struct alerts *a)
{
  if (!a)
    return;
  board_free(a->board);
  forget_configs(a);
  drop_windows(a);
  alert_settings_done(&a->settings);
  json_decref(a->noted_defaults);
  free(a);
}
