#include "scheduler/bus.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scheduler/items.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

#define CHANNEL "bus"
/** Events of one moment go out together, milliseconds. */
#define GATHER_MS 20
/** After a failure, doubled each time, milliseconds. */
#define PAUSE_MS 1000
#define PAUSE_MOST_MS 30000
/** Events that wait; beyond it the oldest go. And how many are sent at a time. */
#define WAITING_CAP 2000
#define AT_A_TIME 100

struct bus {
  struct scheduler *scheduler;
  uv_timer_t timer;
  json_t *waiting;  /* oldest first; those on their way are its first ones */
  size_t on_way;    /* how many are */
  int64_t pause_ms; /* 0: it works */
  uint64_t dropped;
};

static void send_some(uv_timer_t *timer);

static void wake_in(struct bus *b, int64_t ms)
{
  if (!b->on_way && !uv_is_active((uv_handle_t *)&b->timer) && !uv_is_closing((uv_handle_t *)&b->timer))
    uv_timer_start(&b->timer, send_some, (uint64_t)ms, 0);
}

static void drop_first(struct bus *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    json_array_remove(b->waiting, 0);
}

static void on_sent(void *arg, const struct outcome *o)
{
  struct bus *b = arg;
  size_t sent = b->on_way;
  b->on_way = 0;
  if (o->status == STATUS_HEALTHY) {
    if (b->pause_ms)
      log_info("bus_works", "waiting=%zu dropped=%" PRIu64, json_array_size(b->waiting), b->dropped);
    b->pause_ms = 0;
    drop_first(b, sent);
  } else {
    if (!b->pause_ms)
      log_warn("bus_fails", "why=%s instead=events_wait_the_newest_%d", LOG_QUOTE(o->error), WAITING_CAP);
    b->pause_ms = b->pause_ms ? b->pause_ms * 2 : PAUSE_MS;
    if (b->pause_ms > PAUSE_MOST_MS)
      b->pause_ms = PAUSE_MOST_MS;
  }
  if (json_array_size(b->waiting))
    wake_in(b, b->pause_ms);
}

static void send_some(uv_timer_t *timer)
{
  struct bus *b = timer->data;
  const struct item *item = items_find(b->scheduler, ITEM_CHANNEL, CHANNEL);
  size_t n = json_array_size(b->waiting);
  if (!item) {
    json_array_clear(b->waiting);
    return;
  }
  json_t *some = json_array();
  for (size_t i = 0; i < n && i < AT_A_TIME; i++)
    json_array_append(some, json_array_get(b->waiting, i));
  json_t *message = json_pack("{s:o}", "live", some);
  b->on_way = json_array_size(some);
  struct deed deed = items_deed(item, "send", message);
  if (!pool_do(b->scheduler->pool, &deed, on_sent, b))
    b->on_way = 0;
  json_decref(message);
}

void bus_put(struct bus *b, json_t *event)
{
  if (json_array_size(b->waiting) >= WAITING_CAP) {
    json_array_remove(b->waiting, b->on_way); /* not one that is on its way */
    b->dropped++;
  }
  json_array_append_new(b->waiting, event);
  wake_in(b, b->pause_ms ? b->pause_ms : GATHER_MS);
}

struct bus *bus_new(struct scheduler *s)
{
  struct bus *b = MEM_NEW(struct bus);
  b->scheduler = s;
  b->waiting = json_array();
  uv_timer_init(s->loop, &b->timer);
  b->timer.data = b;
  return b;
}

void bus_stop(struct bus *b)
{
  uv_close((uv_handle_t *)&b->timer, NULL);
}

void bus_free(struct bus *b)
{
  if (!b)
    return;
  json_decref(b->waiting);
  free(b);
}
