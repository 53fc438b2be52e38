#include "scheduler/followings.h"

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/follow.h"
#include "scheduler/asking.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/events.h"
#include "scheduler/files.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

/** The timer while any is going on, and between two looks at a log, milliseconds. */
#define LOOK_MS 250
#define READ_EVERY_MS 1000
/** How long a look may take, milliseconds. */
#define READ_MS 8000
/** Without anything new a stream is sent something all the same, to learn whether anybody listens; the command is answered; milliseconds. */
#define QUIET_MS 5000
/** Whoever has not come by then, or not come again, does not listen, milliseconds. */
#define PATIENCE_MS 20000
/** Lines that wait to be taken off our hands: beyond it nothing is read. */
#define WAITING_MOST FOLLOW_LINES
/** Most lines in one message, which nginx takes up to a size. */
#define AT_A_TIME 100

struct following {
  struct following *next, **link;
  struct followings *all;
  char id[33];
  char *service;
  bool is_stream;
  size_t first; /* lines before now */
  struct follow follow;
  json_t *lines;     /* that wait */
  bool gap;          /* some before them are missing */
  char *error;       /* why nothing could be read last */
  bool error_told;   /* it, or that there is none any more */
  const char *ended; /* why it is over; a literal; NULL: it is not */
  bool end_told;
  bool reading, sending;                        /* a deed is on its way */
  struct asking *asking;                        /* the command's question */
  int64_t began_ms, read_ms, sent_ms, heard_ms; /* monotonic; heard_ms: somebody listened */
};

struct followings {
  struct scheduler *scheduler;
  uv_timer_t timer;
  struct following *first;
  size_t count;
};

static void release(struct following *f)
{
  struct followings *all = f->all;
  pool_abandon(all->scheduler->pool, f);
  *f->link = f->next;
  if (f->next)
    f->next->link = f->link;
  all->count--;
  follow_done(&f->follow);
  json_decref(f->lines);
  free(f->error);
  free(f->service);
  free(f);
}

/* ---- reading ---- */

static void take_error(struct following *f, const char *error)
{
  bool same = error ? f->error && strcmp(error, f->error) == 0 : !f->error;
  if (same)
    return;
  char *copy = mem_copy_text(error);
  free(f->error);
  f->error = copy;
  f->error_told = false;
}

static void on_read(void *arg, const struct outcome *o)
{
  struct following *f = arg;
  const json_t *settings = json_object_get(files_settings(f->all->scheduler->files), "logs");
  bool gap = false;
  f->reading = false;
  f->read_ms = clock_mono_ms();
  if (o->status != STATUS_HEALTHY) {
    take_error(f, o->error ? o->error : "no lines came");
    return;
  }
  json_t *lines = follow_take(&f->follow, o->answer, f->first, json_object_get(settings, "mask"), &gap);
  f->gap = f->gap || gap;
  json_array_extend(f->lines, lines);
  json_decref(lines);
  take_error(f, NULL);
}

static json_t *log_source(const struct service *service)
{
  return service && service->declaration ? json_object_get(json_object_get(service->declaration->json, "can"), "logs") : NULL;
}

static void read_some(struct following *f)
{
  struct scheduler *s = f->all->scheduler;
  const struct service *service = catalogue_find(s, f->service);
  const json_t *source = log_source(service);
  if (!source) {
    f->ended = "its script is gone, or declares no logs any more";
    return;
  }
  f->follow.has_cursor = json_bool_of(source, "follows", false);
  json_t *argument = follow_argument(&f->follow, f->first);
  f->reading = pool_do(
      s->pool,
      &(struct deed){
          .kind = ITEM_SERVICE, .file = service->file, .name = service->name, .what = "logs", .argument = argument, .timeout_ms = READ_MS },
      on_read, f);
  if (!f->reading)
    f->ended = "its script is gone";
  json_decref(argument);
}

/* ---- sending ---- */

static bool has_news(const struct following *f)
{
  return json_array_size(f->lines) || f->gap || !f->error_told || (f->ended && !f->end_told);
}

/* The first of the lines that wait, and what else there is to say; they wait no longer. */
static json_t *take_news(struct following *f)
{
  json_t *some = json_array();
  size_t n = json_array_size(f->lines) < AT_A_TIME ? json_array_size(f->lines) : AT_A_TIME;
  for (size_t i = 0; i < n; i++)
    json_array_append(some, json_array_get(f->lines, i));
  json_t *rest = json_array();
  for (size_t i = n; i < json_array_size(f->lines); i++)
    json_array_append(rest, json_array_get(f->lines, i));
  json_decref(f->lines);
  f->lines = rest;
  json_t *news = json_pack("{s:o, s:b}", "lines", some, "gap", f->gap);
  json_set_text(news, "error", f->error);
  f->end_told = f->ended && !json_array_size(rest);
  json_set_text(news, "ended", f->end_told ? f->ended : NULL);
  f->gap = false;
  f->error_told = true;
  f->sent_ms = clock_mono_ms();
  return news;
}

static void on_sent(void *arg, const struct outcome *o)
{
  struct following *f = arg;
  f->sending = false;
  if (o->status == STATUS_HEALTHY && json_is_integer(o->answer) && json_integer_value(o->answer) > 0)
    f->heard_ms = clock_mono_ms();
}

static void send_to_stream(struct following *f)
{
  struct pool *pool = f->all->scheduler->pool;
  struct deed deed;
  if (!events_deed(f->all->scheduler, &deed)) /* nobody can listen, and patience ends */
    return;
  json_t *message = json_pack("{s:[{s:s, s:s, s:o}]}", "live", "event", "lines", "log", f->id, "data", take_news(f));
  deed.argument = message;
  f->sending = pool_do(pool, &deed, on_sent, f);
  json_decref(message);
}

static void answer_command(struct following *f)
{
  struct asking *asking = f->asking;
  f->asking = NULL;
  f->heard_ms = clock_mono_ms();
  asking_answer(asking, take_news(f));
}

/* ---- time passes ---- */

static bool is_over(const struct following *f, int64_t now_ms)
{
  return (f->end_told && !f->sending) || (now_ms - f->heard_ms > PATIENCE_MS && !f->asking);
}

static void look(struct following *f, int64_t now_ms)
{
  if (!f->ended && now_ms - f->began_ms >= FOLLOWINGS_MS)
    f->ended = "it has been followed for a quarter of an hour";
  if (!f->ended && !f->reading && json_array_size(f->lines) < WAITING_MOST && now_ms - f->read_ms >= READ_EVERY_MS)
    read_some(f);
  if (!has_news(f) && now_ms - f->sent_ms < QUIET_MS)
    return;
  if (f->is_stream && !f->sending)
    send_to_stream(f);
  else if (f->asking)
    answer_command(f);
}

static void on_timer(uv_timer_t *timer)
{
  struct followings *all = timer->data;
  int64_t now_ms = clock_mono_ms();
  for (struct following *f = all->first, *next; f; f = next) {
    next = f->next;
    look(f, now_ms);
    if (is_over(f, now_ms))
      release(f);
  }
  if (!all->first)
    uv_timer_stop(&all->timer);
}

/* ---- asking ---- */

/* May it begin? Else the asking has been refused. */
static bool may_begin(const struct followings *all, struct asking *asking, const char *name, bool is_stream)
{
  const struct service *service = catalogue_find(all->scheduler, name);
  struct deed deed;
  if (!service || !service->declaration)
    asking_refuse(asking, "not_found", "there is no service \"%s\"", name);
  else if (!log_source(service))
    asking_refuse(asking, "not_declared", "the service \"%s\" declares no logs; its file may say logs = journal.unit \"...\" or the like",
                  name);
  else if (is_stream && !events_deed(all->scheduler, &deed))
    asking_refuse(asking, "not_declared",
                  "there are no live events here: the channel \"" EVENTS_CHANNEL "\" is not declared (settings.dashboard)");
  else if (all->count >= FOLLOWINGS_MOST)
    asking_refuse(asking, "rate_limited", "%d logs are being followed already, which is as many as can be", FOLLOWINGS_MOST);
  else
    return true;
  return false;
}

void followings_begin(struct followings *all, struct asking *asking, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  bool is_stream = strcmp(json_text_of(request, "via", ""), "stream") == 0;
  int64_t first = json_int_of(request, "lines", 100), now_ms = clock_mono_ms();
  unsigned char bytes[16];
  if (!may_begin(all, asking, name, is_stream))
    return;
  struct audit audit = { .action = "follow", .subject = name };
  audit_from(&audit, request);
  audit_note(all->scheduler, &audit);
  struct following *f = MEM_NEW(struct following);
  *f = (struct following){ .next = all->first, .link = &all->first, .all = all, .is_stream = is_stream, .error_told = true };
  RAND_bytes(bytes, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(f->id + 2 * i, 3, "%02x", bytes[i]);
  f->service = mem_copy_text(name);
  f->first = first < 1 ? 1 : first > FOLLOW_LINES ? FOLLOW_LINES : (size_t)first;
  f->lines = json_array();
  f->began_ms = f->heard_ms = f->sent_ms = now_ms;
  if (all->first)
    all->first->link = &f->next;
  all->first = f;
  all->count++;
  if (!uv_is_active((uv_handle_t *)&all->timer))
    uv_timer_start(&all->timer, on_timer, 0, LOOK_MS);
  asking_answer(asking, json_pack("{s:s}", "id", f->id));
}

void followings_next(struct followings *all, struct asking *asking, const json_t *request)
{
  const char *id = json_text_of(request, "id", "");
  struct following *f = all->first;
  while (f && strcmp(f->id, id) != 0)
    f = f->next;
  if (!f || f->is_stream) {
    asking_refuse(asking, "not_found", "no log is followed by that name any more");
  } else if (f->asking) {
    asking_refuse(asking, "busy", "somebody else asks for these lines already");
  } else {
    f->asking = asking;
    f->sent_ms = clock_mono_ms();
  }
}

/* ---- life ---- */

struct followings *followings_new(struct scheduler *s)
{
  struct followings *all = MEM_NEW(struct followings);
  all->scheduler = s;
  uv_timer_init(s->loop, &all->timer);
  all->timer.data = all;
  return all;
}

void followings_stop(struct followings *all)
{
  if (!all)
    return;
  while (all->first)
    release(all->first);
  uv_close((uv_handle_t *)&all->timer, NULL);
}

void followings_free(struct followings *all)
{
  free(all);
}
