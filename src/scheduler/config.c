#include "scheduler/config.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/pgconn.h"
#include "scheduler/journal.h"

#define CONNECT_MS 5000
#define ANSWER_MS 10000
/** Between two attempts to connect, doubled each time, milliseconds. */
#define RETRY_MS 250
#define RETRY_MOST_MS 10000
/** A notice may be lost with a connection that looks alive. */
#define LOOK_EVERY_MS 60000

struct config {
  struct scheduler *scheduler;
  char *conninfo;
  config_changed_fn fn;
  json_t *sections; /* name -> array */
  json_t *none;
  struct pgconn *pg;
  uv_timer_t timer; /* the next attempt, or the next look */
  int64_t delay_ms;
  bool asking, again; /* a look is under way; another is wanted */
  bool failing;
};

static void look(struct config *c);
static void attempt(struct config *c);

static void on_timer(uv_timer_t *timer)
{
  struct config *c = timer->data;
  if (c->pg)
    look(c);
  else
    attempt(c);
}

static void fail(struct config *c, const struct err *why)
{
  if (!c->failing)
    log_warn("config_unread", "why=%s instead=as_last_known", LOG_QUOTE(why->text));
  c->failing = true;
  c->asking = c->again = false;
  pgconn_close(c->pg);
  c->pg = NULL;
  c->delay_ms = c->delay_ms ? c->delay_ms * 2 : RETRY_MS;
  if (c->delay_ms > RETRY_MOST_MS)
    c->delay_ms = RETRY_MOST_MS;
  uv_timer_start(&c->timer, on_timer, (uint64_t)(c->delay_ms / 2 + clock_mono_us() % (c->delay_ms / 2 + 1)), 0);
}

/* A section is kept and told of when it is another. */
static void take(struct config *c, const char *name, json_t *section)
{
  if (!json_is_array(section) || json_equal(section, json_object_get(c->sections, name)))
    return;
  json_object_set(c->sections, name, section);
  char *text = json_line(section);
  journal_keep_state(c->scheduler->journal, "config", name, text);
  free(text);
  log_info("config_read", "section=%s entries=%zu", name, json_array_size(section));
  c->fn(c->scheduler, name);
}

static void on_read(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct config *c = arg;
  struct err e;
  (void)sqlstate;
  if (!result) {
    fail(c, why);
    return;
  }
  const char *text = pgresult_rows(result) ? pgresult_text(result, 0, 0) : NULL, *name;
  json_t *json = text ? json_read(text, strlen(text), &e) : NULL, *section;
  json_object_foreach(json, name, section)
    take(c, name, section);
  json_decref(json);
  c->asking = false;
  c->failing = false;
  c->delay_ms = 0;
  if (c->again)
    look(c);
  else
    uv_timer_start(&c->timer, on_timer, LOOK_EVERY_MS, 0);
}

static void look(struct config *c)
{
  c->again = c->asking;
  if (c->asking)
    return;
  c->asking = true;
  uv_timer_stop(&c->timer);
  pgconn_send(c->pg, NULL, "SELECT signalbox_config()", NULL, 0, ANSWER_MS, on_read, c);
}

static void on_notice(void *arg, const char *channel, const char *payload)
{
  (void)channel;
  (void)payload;
  look(arg);
}

static void on_lost(void *arg, const struct err *why)
{
  fail(arg, why);
}

static void on_listening(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct config *c = arg;
  (void)sqlstate;
  c->asking = false;
  if (result)
    look(c);
  else
    fail(c, why);
}

static void on_connected(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct config *c = arg;
  (void)sqlstate;
  if (!result) {
    fail(c, why);
    return;
  }
  pgconn_on_notify(c->pg, on_notice, on_lost, c);
  pgconn_send(c->pg, NULL, "LISTEN signalbox_config", NULL, 0, ANSWER_MS, on_listening, c);
}

static void attempt(struct config *c)
{
  c->asking = true; /* until it listens */
  c->pg = pgconn_open(c->scheduler->loop, c->scheduler->resolver, c->conninfo, CONNECT_MS, on_connected, c);
}

static void restore(void *arg, const char *name, const char *text)
{
  struct config *c = arg;
  struct err e;
  json_t *section = json_read(text, strlen(text), &e);
  if (section)
    json_object_set_new(c->sections, name, section);
}

struct config *config_new(struct scheduler *s, const char *conninfo, config_changed_fn fn, struct err *e)
{
  struct config *c = MEM_NEW(struct config);
  *c = (struct config){ .scheduler = s, .conninfo = mem_copy_text(conninfo), .fn = fn, .sections = json_object(), .none = json_array() };
  if (!journal_each_state(s->journal, "config", restore, c, e)) {
    config_free(c);
    return NULL;
  }
  uv_timer_init(s->loop, &c->timer);
  c->timer.data = c;
  attempt(c);
  return c;
}

void config_stop(struct config *c)
{
  pgconn_close(c->pg);
  c->pg = NULL;
  uv_close((uv_handle_t *)&c->timer, NULL);
}

void config_free(struct config *c)
{
  if (!c)
    return;
  json_decref(c->sections);
  json_decref(c->none);
  free(c->conninfo);
  free(c);
}

const json_t *config_get(const struct config *c, const char *section)
{
  const json_t *found = json_object_get(c->sections, section);
  return found ? found : c->none;
}
