#include "scheduler/network.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/uplink.h"
#include "scheduler/outcome.h"

/** An answer from another machine so recently is proof enough, and so is a look that was so recent, milliseconds. */
#define CONTACT_MS 1000
#define VERDICT_MS 1000
/** One answer can get lost: so many looks in a row have to find it gone. */
#define LOST_LOOKS 2
/** While it is lost it is looked for so often; and, so as to know whether the gateway is one that answers, at first and then now and then, milliseconds. */
#define LOST_LOOK_MS 3000
#define EARN_MS 1000
#define LEARN_MS 300000

/* An outcome that waits for a verdict. */
struct held_outcome {
  struct held_outcome *next;
  struct service *service;
  struct outcome outcome; /* its texts are its own */
};

struct network {
  struct scheduler *scheduler;
  network_fn fn;
  json_t *references;
  struct uplink *look; /* NULL: none is going on */
  struct held_outcome *held, **last;
  uv_timer_t timer;
  int64_t contact_ms; /* monotonic; 0: never */
  int64_t verdict_ms; /* of the last look */
  struct network_trust trust;
  unsigned looks_lost;   /* looks in a row that found it gone */
  int64_t lost_since_us; /* 0: it is there, as far as is known */
  struct err why;
};

static void free_held(struct held_outcome *h)
{
  free((char *)(uintptr_t)h->outcome.error);
  json_decref((json_t *)(uintptr_t)h->outcome.measures);
  free(h);
}

static struct held_outcome *take(struct network *n)
{
  struct held_outcome *h = n->held;
  if (!h)
    return NULL;
  n->held = h->next;
  if (!n->held)
    n->last = &n->held;
  return h;
}

/* As it is, or as what it means when our network is gone. */
static void deliver(struct network *n, struct service *service, const struct outcome *o)
{
  if (!n->lost_since_us) {
    n->fn(n->scheduler, service, o);
    return;
  }
  char text[1024];
  struct outcome unknown = *o;
  snprintf(text, sizeof text, "this machine has lost its own network: %s. What was seen: %s", n->why.text,
           o->error ? o->error : "no answer");
  unknown.status = STATUS_NO_DATA;
  unknown.error = text;
  unknown.measures = NULL;
  n->fn(n->scheduler, service, &unknown);
}

static void set_lost(struct network *n, bool lost)
{
  if (lost == (n->lost_since_us != 0))
    return;
  n->lost_since_us = lost ? clock_wall_us() : 0;
  if (lost)
    log_error("network_lost", "why=%s instead=other_machines_are_not_known", LOG_QUOTE(n->why.text));
  else
    log_info("network_back", "references=%zu", json_array_size(n->references));
}

static void look(struct network *n);

static void on_timer(uv_timer_t *timer)
{
  look(timer->data);
}

static uint64_t next_look_ms(const struct network *n)
{
  if (n->lost_since_us)
    return LOST_LOOK_MS;
  return n->trust.answers && !network_trusts(&n->trust) ? EARN_MS : LEARN_MS;
}

/* Is it gone, and does one look suffice to say so? */
static enum network_verdict judge(struct network *n, const struct network_evidence *seen)
{
  bool contact = n->contact_ms && n->verdict_ms - n->contact_ms < CONTACT_MS;
  if (contact || network_judge(seen, &n->why) != NETWORK_LOST) {
    n->looks_lost = 0;
    return NETWORK_THERE;
  }
  return ++n->looks_lost < LOST_LOOKS && !n->lost_since_us ? NETWORK_UNKNOWN : NETWORK_LOST;
}

static void on_look(void *arg, const struct network_evidence *evidence)
{
  struct network *n = arg;
  struct network_evidence seen = *evidence;
  struct held_outcome *h;
  n->look = NULL;
  seen.gateway_used_to_answer = network_trusts(&n->trust);
  network_trust_look(&n->trust, &seen);
  if (network_trusts(&n->trust) && !seen.gateway_used_to_answer)
    log_info("gateway_trusted", "looks=%d", NETWORK_TRUST);
  /* While nobody waits for an answer the question is not put: a gateway may do as it likes. */
  if (n->held || n->lost_since_us) {
    n->verdict_ms = clock_mono_ms();
    enum network_verdict verdict = judge(n, &seen);
    if (verdict == NETWORK_UNKNOWN) {
      look(n);
      return;
    }
    set_lost(n, verdict == NETWORK_LOST);
  }
  uv_timer_start(&n->timer, on_timer, next_look_ms(n), 0);
  while ((h = take(n))) {
    deliver(n, h->service, &h->outcome);
    free_held(h);
  }
}

static void look(struct network *n)
{
  if (!n->look)
    n->look = uplink_look(n->scheduler->loop, n->references, on_look, n);
}

static void hold(struct network *n, struct service *service, const struct outcome *o)
{
  struct held_outcome *h = MEM_NEW(struct held_outcome);
  *h = (struct held_outcome){ .service = service, .outcome = *o };
  h->outcome.error = mem_copy_text(o->error);
  h->outcome.measures = json_deep_copy(o->measures);
  *n->last = h;
  n->last = &h->next;
}

bool network_holds(struct network *n, struct service *service, const struct outcome *o)
{
  int64_t now_ms = clock_mono_ms();
  if (o->reached) {
    n->contact_ms = now_ms;
    n->looks_lost = 0;
    network_trust_contact(&n->trust);
    set_lost(n, false);
    return false;
  }
  if (!o->unreached || o->status == STATUS_HEALTHY || o->status == STATUS_NO_DATA)
    return false;
  if (n->contact_ms && now_ms - n->contact_ms < CONTACT_MS)
    return false;
  if (!n->look && n->verdict_ms && now_ms - n->verdict_ms < VERDICT_MS) {
    deliver(n, service, o);
    return true;
  }
  hold(n, service, o);
  look(n);
  return true;
}

void network_set_references(struct network *n, const json_t *references)
{
  if (references == n->references || json_equal(n->references, references))
    return;
  json_decref(n->references);
  n->references = references ? json_deep_copy(references) : NULL;
  look(n);
}

bool network_is_lost(const struct network *n)
{
  return n->lost_since_us != 0;
}

json_t *network_present(const struct network *n)
{
  if (!n->lost_since_us)
    return json_null();
  json_t *json = json_object();
  json_set_stamp(json, "lost_since", n->lost_since_us);
  json_set_text(json, "why", n->why.text);
  return json;
}

struct network *network_new(struct scheduler *s, network_fn fn)
{
  struct network *n = MEM_NEW(struct network);
  n->scheduler = s;
  n->fn = fn;
  n->last = &n->held;
  uv_timer_init(s->loop, &n->timer);
  n->timer.data = n;
  look(n);
  return n;
}

void network_stop(struct network *n)
{
  if (n->look)
    uplink_cancel(n->look);
  n->look = NULL;
  uv_close((uv_handle_t *)&n->timer, NULL);
}

void network_free(struct network *n)
{
  struct held_outcome *h;
  if (!n)
    return;
  while ((h = take(n)))
    free_held(h);
  json_decref(n->references);
  free(n);
}
