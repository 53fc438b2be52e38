#include "scheduler/heartbeat.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/alert_config.h"
#include "core/declaration.h"
#include "core/delivery.h"
#include "scheduler/alerts.h"
#include "scheduler/files.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

#define CHANNEL "heartbeat"
/** The first one comes soon, so that a mistake in the address is seen soon. */
#define FIRST_MS 2000
/** A due time that passed so long ago was not kept. */
#define LATE_MS 10000
/** A run may take this much longer than its timeout: for its runner to be replaced and the run to be repeated. */
#define GRACE_MS 60000

struct heartbeat {
  struct scheduler *scheduler;
  uv_timer_t timer;
  bool is_sending;
  int64_t pinged_us; /* wall; 0: not yet */
  struct err error;  /* why there was none since, "": there was */
};

static void note(struct heartbeat *h, const char *error)
{
  bool was_well = !h->error.text[0];
  if (*error && was_well)
    log_warn("heartbeat_left_out", "why=%s instead=the_watcher_raises_the_alarm", LOG_QUOTE(error));
  err_set(&h->error, "%s", error);
}

/* Do checks happen when they should, and is what they say written down? */
static bool is_working(struct scheduler *s, struct err *e)
{
  const struct due *due = schedule_next(&s->schedule);
  int64_t now_ms = clock_mono_ms();
  if (*journal_error(s->journal))
    return err_set(e, "%s", journal_error(s->journal));
  if (due && now_ms - due->at_ms > LATE_MS)
    return err_set(e, "checks are %" PRId64 " ms late", now_ms - due->at_ms);
  for (const struct service *service = s->services; service; service = service->hh.next)
    if (service->running && service->declaration && now_ms - service->due.at_ms > service->declaration->timeout_ms + GRACE_MS)
      return err_set(e, "the check of %s does not come back", service->name);
  return true;
}

static void on_sent(void *arg, const struct outcome *o)
{
  struct heartbeat *h = arg;
  struct delivery d;
  h->is_sending = false;
  delivery_judge(&d, o->status, o->error, o->answer, clock_wall_us());
  if (d.fate == DELIVERY_DONE)
    h->pinged_us = clock_wall_us();
  note(h, d.error.text);
}

static void on_timer(uv_timer_t *timer)
{
  struct heartbeat *h = timer->data;
  struct scheduler *s = h->scheduler;
  const struct item *item = items_find(s, ITEM_CHANNEL, CHANNEL);
  struct err e;
  bool are_read = files_are_read(s->files);
  uv_timer_start(&h->timer, on_timer, are_read ? (uint64_t)alerts_settings(s)->heartbeat_ms : FIRST_MS, 0);
  if (!are_read || !item || h->is_sending)
    return;
  if (!is_working(s, &e)) {
    note(h, e.text);
    return;
  }
  json_t *message = json_pack("{s:s}", "event", "heartbeat");
  struct deed deed = items_deed(item, "send", message);
  h->is_sending = pool_do(s->pool, &deed, on_sent, h);
  json_decref(message);
}

struct heartbeat *heartbeat_new(struct scheduler *s)
{
  struct heartbeat *h = MEM_NEW(struct heartbeat);
  h->scheduler = s;
  uv_timer_init(s->loop, &h->timer);
  h->timer.data = h;
  uv_timer_start(&h->timer, on_timer, FIRST_MS, 0);
  return h;
}

void heartbeat_stop(struct heartbeat *h)
{
  uv_close((uv_handle_t *)&h->timer, NULL);
}

void heartbeat_free(struct heartbeat *h)
{
  free(h);
}

json_t *heartbeat_present(const struct heartbeat *h)
{
  if (!items_find(h->scheduler, ITEM_CHANNEL, CHANNEL))
    return json_null();
  json_t *json = json_object();
  json_set_stamp(json, "pinged_at", h->pinged_us);
  json_set_text(json, "error", h->error.text[0] ? h->error.text : NULL);
  return json;
}
