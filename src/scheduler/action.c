#include "scheduler/action.h"

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/margin.h"
#include "scheduler/asking.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/events.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"
#include "scheduler/runs.h"

/** How long what is done may take, milliseconds; of a restart and of an action of the service's own unless they say otherwise. */
#define RESTART_MS 120000
#define DIAGNOSE_MS 30000
#define ACTION_MS 60000
/** Between two runs of a service that is watched, milliseconds. */
#define WATCH_EVERY_MS 1000

static const char *const state_names[] = { "queued", "running", "watching", "done", "failed" };

/* ---- as JSON, and out into the world ---- */

json_t *action_present(const struct action *a)
{
  json_t *json = json_object(), *history = json_object_get(a->all->histories, a->service);
  json_set_text(json, "id", a->id);
  json_set_text(json, "service_name", a->service);
  json_set_text(json, "action", a->name);
  json_set_text(json, "state", state_names[a->state]);
  json_set_text(json, "outcome", a->outcome);
  json_set_text(json, "by", a->actor);
  json_set_text(json, "from", a->source);
  json_set_stamp(json, "requested_at", a->requested_us);
  json_set_stamp(json, "started_at", a->started_us);
  json_set_stamp(json, "ended_at", a->ended_us);
  json_object_set_new(json, "duration_ms", a->ended_us ? json_integer((a->ended_us - a->requested_us) / 1000) : json_null());
  json_set_text(json, "progress", a->state == ACTION_RUNNING ? a->progress : NULL);
  json_set_text(json, "error", a->error);
  json_object_set(json, "output", a->output ? a->output : json_null());
  bool helped = a->outcome && strcmp(a->outcome, "helped") == 0;
  json_object_set_new(json, "helped_after_ms", helped ? json_integer(rescue_took_ms(&a->rescue)) : json_null());
  if (strcmp(a->name, "restart") == 0)
    json_object_set(json, "history", history ? history : json_null());
  return json;
}

/* It has moved on: into the journal for Postgres and for a restart, and to those who watch. */
void action_tell(struct action *a)
{
  struct scheduler *s = a->all->scheduler;
  json_t *json = action_present(a);
  char *line = json_line(json);
  journal_add(s->journal,
              &(struct entry){ .kind = ENTRY_NOTE, .note = "action", .service = a->service, .body = line, .at_us = clock_wall_us() });
  journal_keep_state(s->journal, "action", a->id, a->state < ACTION_DONE ? line : NULL);
  free(line);
  events_emit(s, "action", a->service, json);
}

static void answer(struct action *a)
{
  struct asking *asking = a->asking;
  a->asking = NULL;
  if (asking)
    asking_answer_when_durable(asking, json_pack("{s:o}", "action", action_present(a)));
}

static void count_restart(const struct action *a, bool helped)
{
  struct scheduler *s = a->all->scheduler;
  json_t *history = json_object_get(a->all->histories, a->service);
  int64_t times = json_int_of(history, "times", 0) + 1, good = json_int_of(history, "helped", 0) + helped;
  history = json_object();
  json_set_int(history, "times", times);
  json_set_int(history, "helped", good);
  json_object_set_new(a->all->histories, a->service, history);
  char *line = json_line(history);
  journal_keep_state(s->journal, "action_history", a->service, line);
  free(line);
}

/* error NULL: it is done. */
void action_end(struct action *a, const char *outcome, const char *error)
{
  a->state = error && (!outcome || strcmp(outcome, "did_not_help") != 0) ? ACTION_FAILED : ACTION_DONE;
  a->outcome = a->state == ACTION_FAILED ? "failed" : outcome;
  a->error = mem_copy_text(error);
  a->ended_us = clock_wall_us();
  if (strcmp(a->name, "restart") == 0)
    count_restart(a, a->outcome && strcmp(a->outcome, "helped") == 0);
  char *said = mem_printf("%s%s%s", a->outcome ? a->outcome : "done", error ? ": " : "", error ? error : "");
  audit_note(a->all->scheduler,
             &(struct audit){ .actor = a->actor, .source = a->source, .action = a->name, .subject = a->service, .outcome = said });
  free(said);
  action_tell(a);
  answer(a);
}

/* ---- doing ---- */

/* For those who watch; it is no fact that anybody has to find later. */
static void on_progress(void *arg, const char *text)
{
  struct action *a = arg;
  if (a->progress && strcmp(a->progress, text) == 0)
    return;
  free(a->progress);
  a->progress = mem_copy_text(text);
  events_emit(a->all->scheduler, "action", a->service, action_present(a));
}

static bool begin_deed(struct action *a, const char *what, int64_t timeout_ms, pool_deed_fn fn)
{
  struct scheduler *s = a->all->scheduler;
  const struct service *service = catalogue_find(s, a->service);
  if (service && service->declaration &&
      pool_do(s->pool,
              &(struct deed){ .kind = ITEM_SERVICE,
                              .file = service->file,
                              .name = service->name,
                              .what = what,
                              .argument = a->argument,
                              .timeout_ms = timeout_ms,
                              .on_progress = on_progress },
              fn, a))
    return true;
  action_end(a, NULL, "its script is gone");
  return false;
}

/* What went wrong, NULL: nothing. A function may say down("why") instead of raising it. */
static const char *fault_of(const struct outcome *o)
{
  if (o->status == STATUS_HEALTHY && strcmp(json_text_of(o->answer, "status", ""), "down") == 0)
    return json_text_of(o->answer, "why", "it failed");
  return o->status == STATUS_HEALTHY ? NULL : o->error ? o->error : "it failed and did not say why";
}

static void on_action_done(void *arg, const struct outcome *o)
{
  struct action *a = arg;
  a->output = json_incref((json_t *)(uintptr_t)o->answer);
  action_end(a, NULL, fault_of(o));
}

/* What is declared of how long something takes, as of a restart that waits for a job, or whose service is slow to come up. group: "can" or "actions". */
static int64_t declared_ms(const struct service *service, const char *group, const char *name, const char *key, int64_t otherwise)
{
  const json_t *deeds = service && service->declaration ? json_object_get(service->declaration->json, group) : NULL;
  return json_int_of(json_object_get(deeds, name), key, otherwise);
}

/* The restart itself is through. Whether it helped is another matter. */
static void on_restarted(void *arg, const struct outcome *o)
{
  struct action *a = arg;
  const struct service *service = catalogue_find(a->all->scheduler, a->service);
  if (fault_of(o) || !service) {
    on_action_done(a, o);
    return;
  }
  a->output = json_incref((json_t *)(uintptr_t)o->answer);
  a->state = ACTION_WATCHING;
  rescue_watch(&a->rescue, clock_mono_ms(), declared_ms(service, "can", "restart", "watch_ms", RESCUE_DEADLINE_MS));
  a->skip_run = service->running;
  a->next_run_ms = 0;
  action_tell(a);
}

static void on_diagnosed(void *arg, const struct outcome *o)
{
  struct action *a = arg;
  json_t *own = json_object();
  json_object_set(own, "output", o->answer ? (json_t *)(uintptr_t)o->answer : json_null());
  json_set_text(own, "error", o->status == STATUS_HEALTHY ? NULL : o->error);
  json_object_set_new(a->output, "diagnose", own);
  action_end(a, NULL, NULL);
}

/* What the engine itself knows: one run with the time of every step, and the limits with what is left to them. */
static void on_traced(void *arg, const struct outcome *o)
{
  struct action *a = arg;
  const struct service *service = catalogue_find(a->all->scheduler, a->service);
  json_t *probe = json_object();
  json_set_text(probe, "status", status_name(o->status));
  json_set_text(probe, "error", o->error);
  json_object_set_new(probe, "latency_ms", o->latency_ms >= 0 ? json_integer(o->latency_ms) : json_null());
  json_object_set(probe, "measures", o->measures ? (json_t *)(uintptr_t)o->measures : json_null());
  json_object_set(probe, "steps", o->answer ? (json_t *)(uintptr_t)o->answer : json_null());
  a->output = json_object();
  json_object_set_new(a->output, "probe", probe);
  if (service && service->declaration)
    json_object_set_new(a->output, "limits", margins_of(json_object_get(service->declaration->json, "limits"), o->measures));
  if (service_declares(service, "can", "diagnose"))
    begin_deed(a, "diagnose", DIAGNOSE_MS, on_diagnosed);
  else
    action_end(a, NULL, NULL);
}

void action_start(struct action *a)
{
  struct scheduler *s = a->all->scheduler;
  struct service *service = catalogue_find(s, a->service);
  a->state = ACTION_RUNNING;
  a->started_us = clock_wall_us();
  action_tell(a);
  if (strcmp(a->name, "restart") == 0) {
    rescue_begin(&a->rescue, clock_mono_ms());
    begin_deed(a, "restart", declared_ms(service, "can", "restart", "timeout_ms", RESTART_MS), on_restarted);
  } else if (strcmp(a->name, "diagnose") == 0) {
    begin_deed(a, "trace", service && service->declaration ? service->declaration->timeout_ms : DIAGNOSE_MS, on_traced);
  } else if (strcmp(a->name, "recheck") == 0) {
    if (service && service->declaration)
      runs_start(s, service);
    else
      action_end(a, NULL, "its script is gone");
  } else {
    char *what = mem_printf("action:%s", a->name);
    begin_deed(a, what, declared_ms(service, "actions", a->name, "timeout_ms", ACTION_MS), on_action_done);
    free(what);
  }
}

struct action *action_new(struct actions *all, const char *service, const char *name)
{
  struct action *a = MEM_NEW(struct action);
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(a->id + 2 * i, 3, "%02x", bytes[i]);
  a->all = all;
  a->service = mem_copy_text(service);
  a->name = mem_copy_text(name);
  a->requested_us = clock_wall_us();
  a->requested_ms = clock_mono_ms();
  a->next = all->first;
  a->link = &all->first;
  if (all->first)
    all->first->link = &a->next;
  all->first = a;
  return a;
}

/* ---- watching ---- */

static void judge(struct action *a, enum rescue_verdict verdict)
{
  if (verdict == RESCUE_HELPED)
    action_end(a, "helped", NULL);
  else if (verdict == RESCUE_DID_NOT_HELP)
    action_end(a, "did_not_help", "it was restarted and has not become healthy for as long as it was watched");
}

static void take_recheck(struct action *a, const struct outcome *o)
{
  a->output = json_object();
  json_set_text(a->output, "status", status_name(o->status));
  json_set_text(a->output, "error_message", o->error);
  json_object_set_new(a->output, "latency_ms", o->latency_ms >= 0 ? json_integer(o->latency_ms) : json_null());
  json_object_set(a->output, "measures", o->measures ? (json_t *)(uintptr_t)o->measures : json_null());
  action_end(a, NULL, NULL);
}

void action_run_ended(struct action *a, const struct outcome *o)
{
  if (a->state == ACTION_RUNNING && strcmp(a->name, "recheck") == 0)
    take_recheck(a, o);
  else if (a->state == ACTION_WATCHING && a->skip_run)
    a->skip_run = false;
  else if (a->state == ACTION_WATCHING)
    judge(a, rescue_result(&a->rescue, o->status, clock_mono_ms()));
}

void action_look(struct action *a, int64_t now_ms)
{
  struct scheduler *s = a->all->scheduler;
  struct service *service = catalogue_find(s, a->service);
  if (a->asking && now_ms - a->requested_ms >= ACTIONS_ANSWER_MS)
    answer(a);
  if (a->state != ACTION_WATCHING)
    return;
  if (now_ms >= a->next_run_ms && service) {
    a->next_run_ms = now_ms + WATCH_EVERY_MS;
    runs_start(s, service);
  }
  judge(a, rescue_look(&a->rescue, now_ms));
}

void action_release(struct action *a)
{
  *a->link = a->next;
  if (a->next)
    a->next->link = a->link;
  free(a->service);
  free(a->name);
  free(a->actor);
  free(a->source);
  free(a->key);
  free(a->progress);
  free(a->error);
  json_decref(a->argument);
  json_decref(a->output);
  free(a);
}
