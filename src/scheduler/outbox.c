#include "scheduler/outbox.h"

#include <sys/random.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/delivery.h"
#include "scheduler/alerts.h"
#include "scheduler/files.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/ledger.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

/** A channel that no file declares may be declared soon, milliseconds. */
#define NO_CHANNEL_MS 10000
/** While the journal cannot be written, messages wait so long for it; then an alert is worth more than that it comes once. */
#define JOURNAL_MS 5000

/* One message. */
struct message {
  struct message *prev, *next;
  struct lane *lane;
  char *id;
  json_t *json;       /* {"message", "deliveries", "attempts", "created_us", "due_us"}, as kept */
  unsigned attempts;  /* that failed */
  int64_t created_us; /* wall */
  int64_t due_ms;     /* monotonic */
  int64_t seq;        /* durable from then on */
};

/* What goes one after another: a channel, and of "webhook" one address. */
struct lane {
  struct outbox *outbox;
  char *key, *channel;
  struct message *messages; /* oldest first */
  struct message *on_wire;
  int64_t sent_us, sent_ms; /* when it was sent, on both clocks */
  int64_t seq;              /* of the last outcome: durable before the next one leaves */
  int64_t rests_until_ms;   /* the provider wants nothing before, monotonic */
  UT_hash_handle hh;
};

/* What is known of a channel; kept (scope "channel"). */
struct proof {
  char *channel;
  int64_t proven_us;
  char *error; /* of the last attempt, NULL: it worked */
  UT_hash_handle hh;
};

struct outbox {
  struct scheduler *scheduler;
  struct lane *lanes;
  struct proof *proofs;
  uv_timer_t timer;
  int64_t patience_ms;
  int64_t unwritable_ms; /* since when the journal cannot be written, 0: it can */
  size_t count;
};

static void on_timer(uv_timer_t *timer)
{
  outbox_look(timer->data);
}

struct outbox *outbox_new(struct scheduler *s)
{
  struct outbox *o = MEM_NEW(struct outbox);
  o->scheduler = s;
  o->patience_ms = INT64_MAX;
  uv_timer_init(s->loop, &o->timer);
  o->timer.data = o;
  return o;
}

void outbox_set_patience(struct outbox *o, int64_t ms)
{
  o->patience_ms = ms;
}

/* ---- messages ---- */

static struct lane *lane_for(struct outbox *o, const json_t *message)
{
  struct lane *lane;
  const char *channel = json_text_of(message, "channel", "");
  char *key = mem_printf("%s\n%s", channel, json_text_of(message, "url", ""));
  HASH_FIND_STR(o->lanes, key, lane);
  if (lane) {
    free(key);
    return lane;
  }
  lane = MEM_NEW(struct lane);
  *lane = (struct lane){ .outbox = o, .key = key, .channel = mem_copy_text(channel) };
  HASH_ADD_KEYPTR(hh, o->lanes, lane->key, strlen(lane->key), lane);
  return lane;
}

static void free_lane(struct lane *lane)
{
  HASH_DEL(lane->outbox->lanes, lane);
  free(lane->key);
  free(lane->channel);
  free(lane);
}

static struct message *add(struct outbox *o, const char *id, json_t *json, int64_t seq)
{
  struct message *m = MEM_NEW(struct message);
  int64_t now_us = clock_wall_us(), due_us = json_int_of(json, "due_us", now_us);
  *m = (struct message){ .lane = lane_for(o, json_object_get(json, "message")), .id = mem_copy_text(id), .json = json, .seq = seq };
  m->attempts = (unsigned)json_int_of(json, "attempts", 0);
  m->created_us = json_int_of(json, "created_us", now_us);
  int64_t wait_ms = (due_us - now_us) / 1000;
  wait_ms = wait_ms < 0 ? 0 : wait_ms > DELIVERY_WAIT_MOST_MS ? DELIVERY_WAIT_MOST_MS : wait_ms;
  m->due_ms = clock_mono_ms() + wait_ms;
  DL_APPEND(m->lane->messages, m);
  o->count++;
  return m;
}

static void free_message(struct message *m)
{
  DL_DELETE(m->lane->messages, m);
  m->lane->outbox->count--;
  json_decref(m->json);
  free(m->id);
  free(m);
}

static void keep(struct message *m)
{
  json_set_int(m->json, "attempts", m->attempts);
  json_set_int(m->json, "created_us", m->created_us);
  json_set_int(m->json, "due_us", clock_wall_us() + (m->due_ms - clock_mono_ms()) * 1000);
  char *text = json_line(m->json);
  journal_keep_state(m->lane->outbox->scheduler->journal, "send", m->id, text);
  free(text);
}

void outbox_put(struct outbox *o, json_t *message, json_t *deliveries, int64_t seq)
{
  json_t *json = json_object();
  json_object_set_new(json, "message", message);
  json_object_set_new(json, "deliveries", deliveries);
  keep(add(o, json_text_of(message, "id", ""), json, seq));
}

/* ---- what is known of channels ---- */

static struct proof *proof_of(struct outbox *o, const char *channel)
{
  struct proof *p;
  HASH_FIND_STR(o->proofs, channel, p);
  if (!p) {
    p = MEM_NEW(struct proof);
    p->channel = mem_copy_text(channel);
    HASH_ADD_KEYPTR(hh, o->proofs, p->channel, strlen(p->channel), p);
  }
  return p;
}

static void prove(struct outbox *o, const char *channel, const struct delivery *d, int64_t now_us)
{
  struct proof *p = proof_of(o, channel);
  free(p->error);
  p->error = d->fate == DELIVERY_DONE ? NULL : mem_copy_text(d->error.text);
  if (d->fate == DELIVERY_DONE)
    p->proven_us = now_us;
  json_t *json = json_object();
  json_set_int(json, "proven_us", p->proven_us);
  json_set_text(json, "error", p->error);
  char *text = json_line(json);
  journal_keep_state(o->scheduler->journal, "channel", channel, text);
  free(text);
  json_decref(json);
}

json_t *outbox_channel(const struct outbox *o, const char *channel)
{
  const struct proof *p;
  size_t pending = 0;
  HASH_FIND_STR(o->proofs, channel, p);
  for (const struct lane *lane = o->lanes; lane; lane = lane->hh.next)
    if (strcmp(lane->channel, channel) == 0)
      for (const struct message *m = lane->messages; m; m = m->next)
        pending++;
  json_t *json = json_object();
  json_set_int(json, "pending", (int64_t)pending);
  json_set_stamp(json, "last_proven_at", p ? p->proven_us : 0);
  json_set_text(json, "last_error", p ? p->error : NULL);
  json_object_set_new(json, "failing", json_boolean(p && p->error));
  return json;
}

size_t outbox_count(const struct outbox *o)
{
  return o->count;
}

/* ---- one attempt ---- */

/* What follows from the attempt: the message's state, its next attempt. */
static const char *settle(struct message *m, const struct delivery *d, bool no_channel, int64_t now_us)
{
  uint32_t chance = 0;
  if (d->fate == DELIVERY_DONE)
    return "delivered";
  m->attempts++;
  if (d->fate == DELIVERY_NEVER)
    return "failed";
  if ((now_us - m->created_us) / 1000 > m->lane->outbox->patience_ms)
    return "given_up";
  if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
    chance = (uint32_t)now_us;
  int64_t pause_ms = delivery_pause_ms(m->attempts, chance);
  if (no_channel && pause_ms > NO_CHANNEL_MS)
    pause_ms = NO_CHANNEL_MS;
  m->due_ms = clock_mono_ms() + (d->wait_ms > pause_ms ? d->wait_ms : pause_ms);
  if (d->wait_ms)
    m->lane->rests_until_ms = clock_mono_ms() + d->wait_ms;
  return "pending";
}

static void hand_back_reference(struct message *m, const struct delivery *d)
{
  size_t i;
  const json_t *alert, *message = json_object_get(m->json, "message");
  if (!d->reference[0])
    return;
  json_array_foreach(json_object_get(message, "alerts"), i, alert)
    alerts_reference(m->lane->outbox->scheduler, json_text_of(alert, "incident", ""), m->lane->channel, json_text_of(message, "url", NULL),
                     d->reference);
}

static void attempted(struct lane *lane, struct message *m, const struct delivery *d, bool no_channel)
{
  struct outbox *o = lane->outbox;
  int64_t now_us = clock_wall_us(), now_ms = clock_mono_ms();
  unsigned attempt = m->attempts + 1;
  const char *state = settle(m, d, no_channel, now_us);
  bool over = strcmp(state, "pending") != 0;
  lane->on_wire = NULL;
  prove(o, lane->channel, d, now_us);
  if (d->fate == DELIVERY_DONE)
    hand_back_reference(m, d);
  else
    log_warn("alert_undelivered", "message=%s channel=%s attempt=%u state=%s why=%s", m->id, lane->channel, attempt, state,
             LOG_QUOTE(d->error.text));
  lane->seq = m->seq = ledger_attempt(o->scheduler, &(struct ledger_attempt){
                                                        .message = m->id,
                                                        .channel = lane->channel,
                                                        .deliveries = json_object_get(m->json, "deliveries"),
                                                        .attempt = attempt,
                                                        .began_us = lane->sent_us,
                                                        .duration_ms = now_ms - lane->sent_ms,
                                                        .delivery = d,
                                                        .state = state,
                                                        .reason = over && d->error.text[0] ? d->error.text : NULL,
                                                        .next_us = over ? 0 : now_us + (m->due_ms - now_ms) * 1000,
                                                    });
  if (over) {
    journal_keep_state(o->scheduler->journal, "send", m->id, NULL);
    free_message(m);
  } else {
    keep(m);
  }
}

static void on_sent(void *arg, const struct outcome *outcome)
{
  struct lane *lane = arg;
  struct delivery d;
  delivery_judge(&d, outcome->status, outcome->error, outcome->answer, clock_wall_us());
  attempted(lane, lane->on_wire, &d, false);
  outbox_look(lane->outbox);
}

static void dispatch(struct lane *lane, struct message *m)
{
  struct scheduler *s = lane->outbox->scheduler;
  const struct item *item = items_find(s, ITEM_CHANNEL, lane->channel);
  json_t *message = json_copy(json_object_get(m->json, "message"));
  json_set_int(message, "attempt", m->attempts + 1);
  lane->on_wire = m;
  lane->sent_us = clock_wall_us();
  lane->sent_ms = clock_mono_ms();
  bool sent = false;
  if (item) {
    struct deed deed = items_deed(item, "send", message);
    sent = pool_do(s->pool, &deed, on_sent, lane);
  }
  json_decref(message);
  if (sent)
    return;
  struct delivery d = { .fate = DELIVERY_AGAIN };
  err_set(&d.error, "no file declares the channel \"%s\"", lane->channel);
  attempted(lane, m, &d, true);
}

/* ---- which one is next ---- */

static bool is_durable(const struct outbox *o, int64_t seq)
{
  bool gave_up = o->unwritable_ms && clock_mono_ms() - o->unwritable_ms > JOURNAL_MS;
  return gave_up || journal_depth(o->scheduler->journal).durable_seq >= seq;
}

/* The incidents of a message are added to the set; true when one was in it. */
static bool meets(json_t *set, const struct message *m)
{
  size_t i;
  const json_t *alert;
  bool met = false;
  json_array_foreach(json_object_get(json_object_get(m->json, "message"), "alerts"), i, alert) {
    const char *incident = json_text_of(alert, "incident", "");
    met = met || json_object_get(set, incident);
    json_object_set_new(set, incident, json_true());
  }
  return met;
}

/* The first message that may go now; *again_ms: when to look again at the latest. */
static struct message *next_of(const struct lane *lane, int64_t now_ms, int64_t *again_ms)
{
  json_t *waiting = NULL;
  struct message *found = NULL;
  if (lane->rests_until_ms > now_ms) {
    if (lane->messages && lane->rests_until_ms < *again_ms)
      *again_ms = lane->rests_until_ms;
    return NULL;
  }
  for (struct message *m = lane->messages; m && !found; m = m->next) {
    bool due = m->due_ms <= now_ms && is_durable(lane->outbox, m->seq);
    if (!due && m->due_ms > now_ms && m->due_ms < *again_ms)
      *again_ms = m->due_ms;
    if (!waiting && due) {
      found = m;
      break;
    }
    if (!waiting)
      waiting = json_object();
    if (!meets(waiting, m) && due)
      found = m;
  }
  json_decref(waiting);
  return found;
}

void outbox_look(struct outbox *o)
{
  struct scheduler *s = o->scheduler;
  struct lane *lane, *next_lane;
  int64_t now_ms = clock_mono_ms(), again_ms = INT64_MAX;
  if (!o->lanes || uv_is_closing((uv_handle_t *)&o->timer))
    return;
  if (!*journal_error(s->journal))
    o->unwritable_ms = 0;
  else if (!o->unwritable_ms)
    o->unwritable_ms = now_ms;
  HASH_ITER(hh, o->lanes, lane, next_lane) {
    struct message *m;
    while (!lane->on_wire && files_are_read(s->files) && is_durable(o, lane->seq) && (m = next_of(lane, now_ms, &again_ms)))
      dispatch(lane, m);
    if (!lane->messages && is_durable(o, lane->seq))
      free_lane(lane);
  }
  bool waits_for_journal = o->unwritable_ms || !files_are_read(s->files);
  int64_t wait_ms = again_ms == INT64_MAX ? again_ms : again_ms - now_ms;
  if (waits_for_journal && wait_ms > 1000)
    wait_ms = 1000;
  if (wait_ms != INT64_MAX)
    uv_timer_start(&o->timer, on_timer, (uint64_t)(wait_ms > 0 ? wait_ms : 0), 0);
}

/* ---- start and end ---- */

static void restore_message(void *arg, const char *id, const char *text)
{
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  if (json && json_text_of(json_object_get(json, "message"), "channel", NULL)) {
    add(arg, id, json, 0);
    return;
  }
  log_warn("message_refused", "id=%s why=it_makes_no_sense instead=ignored", id);
  json_decref(json);
}

static void restore_proof(void *arg, const char *channel, const char *text)
{
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  struct proof *p = proof_of(arg, channel);
  p->proven_us = json_int_of(json, "proven_us", 0);
  p->error = mem_copy_text(json_text_of(json, "error", NULL));
  json_decref(json);
}

bool outbox_restore(struct outbox *o, struct err *e)
{
  return journal_each_state(o->scheduler->journal, "send", restore_message, o, e) &&
         journal_each_state(o->scheduler->journal, "channel", restore_proof, o, e);
}

void outbox_stop(struct outbox *o)
{
  for (struct lane *lane = o->lanes; lane; lane = lane->hh.next)
    if (lane->on_wire)
      pool_abandon(o->scheduler->pool, lane);
  uv_close((uv_handle_t *)&o->timer, NULL);
}

void outbox_free(struct outbox *o)
{
  struct lane *lane, *next_lane;
  struct proof *p, *next_proof;
  if (!o)
    return;
  HASH_ITER(hh, o->lanes, lane, next_lane) {
    while (lane->messages)
      free_message(lane->messages);
    free_lane(lane);
  }
  HASH_ITER(hh, o->proofs, p, next_proof) {
    HASH_DEL(o->proofs, p);
    free(p->channel);
    free(p->error);
    free(p);
  }
  free(o);
}
