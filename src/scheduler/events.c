#include "scheduler/events.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scheduler/bus.h"
#include "scheduler/card.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

/** Events of one moment go out together, milliseconds. */
#define GATHER_MS 20
/** Cards go out this often, milliseconds; while nobody watches only to learn whether somebody does. */
#define CARDS_EVERY_MS 1000
#define UNWATCHED_EVERY_MS 5000
/** Events that wait; beyond it all go and pages are told to ask anew. And most cards in one event. */
#define WAITING_CAP 500
#define CARDS_CAP 500
/** Events sent at a time. */
#define AT_A_TIME 50

struct events {
  struct scheduler *scheduler;
  uv_timer_t timer;
  json_t *waiting; /* [{"event", "data"}], oldest first */
  bool is_sending;
  bool cards_changed;
  bool complained;     /* that the channel fails: once, until it works */
  int64_t cards_ms;    /* when cards went out last, monotonic */
  json_int_t watchers; /* as the channel last said */
};

static void send_some(struct events *e);

static void on_timer(uv_timer_t *timer)
{
  send_some(timer->data);
}

static void wake_in(struct events *e, int64_t ms)
{
  bool sooner = !uv_is_active((uv_handle_t *)&e->timer) || (int64_t)uv_timer_get_due_in(&e->timer) > ms;
  if (sooner && !e->is_sending && !uv_is_closing((uv_handle_t *)&e->timer))
    uv_timer_start(&e->timer, on_timer, (uint64_t)ms, 0);
}

static void put(struct events *e, const char *event, json_t *data)
{
  if (json_array_size(e->waiting) >= WAITING_CAP) {
    json_array_clear(e->waiting);
    json_array_append_new(e->waiting, json_pack("{s:s, s:{}}", "event", "reset", "data"));
  }
  json_array_append_new(e->waiting, json_pack("{s:s, s:o}", "event", event, "data", data));
}

/* When cards may go out next, milliseconds from now; 0: now. */
static int64_t cards_due_in(const struct events *e)
{
  int64_t due_ms = e->cards_ms + (e->watchers ? CARDS_EVERY_MS : UNWATCHED_EVERY_MS) - clock_mono_ms();
  return due_ms > 0 ? due_ms : 0;
}

static void put_cards(struct events *e)
{
  json_t *cards = json_array();
  int64_t mono_ms = clock_mono_ms();
  for (struct service *service = e->scheduler->services; service; service = service->hh.next) {
    if (service->card_changed && service->declaration && json_array_size(cards) < CARDS_CAP)
      json_array_append_new(cards, card_json(e->scheduler, service, mono_ms));
    service->card_changed = false;
  }
  e->cards_changed = false;
  e->cards_ms = mono_ms;
  put(e, "results", json_pack("{s:o}", "cards", cards));
}

static void on_sent(void *arg, const struct outcome *o)
{
  struct events *e = arg;
  bool failed = o->status != STATUS_HEALTHY;
  e->is_sending = false;
  if (failed && !e->complained)
    log_warn("stream_fails", "why=%s instead=pages_ask_at_their_interval", LOG_QUOTE(o->error));
  e->complained = failed;
  e->watchers = json_is_integer(o->answer) ? json_integer_value(o->answer) : 0;
  if (failed)
    json_array_clear(e->waiting);
  if (json_array_size(e->waiting))
    wake_in(e, 0);
  else if (e->cards_changed)
    wake_in(e, cards_due_in(e));
}

/* The first events of the queue; those stay no longer in it. */
static json_t *take_some(struct events *e)
{
  json_t *some = json_array();
  while (json_array_size(e->waiting) && json_array_size(some) < AT_A_TIME) {
    json_array_append(some, json_array_get(e->waiting, 0));
    json_array_remove(e->waiting, 0);
  }
  return some;
}

bool events_deed(const struct scheduler *s, struct deed *deed)
{
  const struct item *channel = items_find(s, ITEM_CHANNEL, EVENTS_CHANNEL);
  if (!channel)
    return false;
  *deed = items_deed(channel, "send", NULL);
  return true;
}

static void send_some(struct events *e)
{
  struct deed deed;
  if (!events_deed(e->scheduler, &deed)) { /* nobody can watch */
    json_array_clear(e->waiting);
    return;
  }
  if (e->cards_changed && cards_due_in(e) == 0)
    put_cards(e);
  if (!json_array_size(e->waiting)) {
    if (e->cards_changed)
      wake_in(e, cards_due_in(e));
    return;
  }
  json_t *message = json_pack("{s:o}", "live", take_some(e));
  deed.argument = message;
  e->is_sending = pool_do(e->scheduler->pool, &deed, on_sent, e);
  json_decref(message);
}

void events_emit(struct scheduler *s, const char *event, const char *subject, json_t *data)
{
  json_t *note = json_pack("{s:s, s:O}", "event", event, "data", data);
  char *body = json_line(note);
  journal_add(s->journal,
              &(struct entry){ .kind = ENTRY_NOTE, .note = "event", .service = subject, .body = body, .at_us = clock_wall_us() });
  free(body);
  json_object_set_new(note, "subject", subject && *subject ? json_string(subject) : json_null());
  json_set_stamp(note, "at", clock_wall_us());
  bus_put(s->bus, note);
  put(s->events, event, data);
  wake_in(s->events, GATHER_MS);
}

void events_card_changed(struct scheduler *s, struct service *service)
{
  struct events *e = s->events;
  service->card_changed = true;
  if (e->cards_changed)
    return;
  e->cards_changed = true;
  wake_in(e, cards_due_in(e));
}

struct events *events_new(struct scheduler *s)
{
  struct events *e = MEM_NEW(struct events);
  e->scheduler = s;
  e->waiting = json_array();
  uv_timer_init(s->loop, &e->timer);
  e->timer.data = e;
  return e;
}

void events_stop(struct events *e)
{
  uv_close((uv_handle_t *)&e->timer, NULL);
}

void events_free(struct events *e)
{
  if (!e)
    return;
  json_decref(e->waiting);
  free(e);
}
