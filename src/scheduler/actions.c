#include "scheduler/actions.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "scheduler/action.h"
#include "scheduler/asking.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"

/** Ended ones that are remembered; Postgres has all. */
#define REMEMBERED 200
/** At most so many restarts of a service, and actions of all services, within that time, milliseconds. */
#define RESTARTS_MOST 5
#define RESTARTS_WITHIN_MS 600000
#define ACTIONS_MOST 60
#define ACTIONS_WITHIN_MS 60000
/** The timer while any is going on, milliseconds. */
#define LOOK_MS 250

void actions_durable(struct actions *all, int64_t seq)
{
  for (struct action *a = all->first; a; a = a->next)
    if (a->state == ACTION_QUEUED && a->audit_seq <= seq)
      action_start(a);
}

void actions_run_ended(struct actions *all, const struct service *service, const struct outcome *o)
{
  for (struct action *a = all->first; a; a = a->next)
    if (strcmp(a->service, service->name) == 0)
      action_run_ended(a, o);
}

static void on_timer(uv_timer_t *timer)
{
  struct actions *all = timer->data;
  size_t ended = 0;
  bool any = false;
  for (struct action *a = all->first, *next; a; a = next) {
    next = a->next;
    if (a->state < ACTION_DONE)
      action_look(a, clock_mono_ms());
    any = any || a->state < ACTION_DONE;
    if (a->state >= ACTION_DONE && ++ended > REMEMBERED)
      action_release(a);
  }
  if (!any)
    uv_timer_stop(&all->timer);
}

static void wake(struct actions *all)
{
  if (!uv_is_active((uv_handle_t *)&all->timer))
    uv_timer_start(&all->timer, on_timer, LOOK_MS, LOOK_MS);
}

/* ---- asking for one ---- */

static struct action *find_key(const struct actions *all, const char *key)
{
  struct action *a = key ? all->first : NULL;
  while (a && !(a->key && strcmp(a->key, key) == 0))
    a = a->next;
  return a;
}

/* Of this service (NULL: of all) and this name (NULL: any) within the last so many milliseconds. */
static size_t count_since(const struct actions *all, const char *service, const char *name, int64_t within_ms)
{
  size_t n = 0;
  for (const struct action *a = all->first; a && clock_mono_ms() - a->requested_ms < within_ms; a = a->next)
    n += (!service || strcmp(a->service, service) == 0) && (!name || strcmp(a->name, name) == 0);
  return n;
}

static const struct action *restart_under_way(const struct actions *all, const char *service)
{
  const struct action *a = all->first;
  while (a && !(a->state < ACTION_DONE && strcmp(a->name, "restart") == 0 && strcmp(a->service, service) == 0))
    a = a->next;
  return a;
}

/* May it begin? Else the asking has been refused. */
static bool may_begin(struct actions *all, struct asking *asking, const json_t *request, const struct service *service, const char *name)
{
  bool is_restart = strcmp(name, "restart") == 0, is_own = !is_restart && strcmp(name, "diagnose") != 0 && strcmp(name, "recheck") != 0;
  const json_t *own = is_own ? json_object_get(json_object_get(service->declaration->json, "actions"), name) : NULL;
  const struct action *other = is_restart ? restart_under_way(all, service->name) : NULL;
  if (is_own ? !own : is_restart && !service_declares(service, "can", "restart")) {
    asking_refuse(asking, "not_declared", "the service \"%s\" declares no %s%s", service->name, name,
                  is_restart ? "; its file may say restart = systemd.unit \"...\" or the like" : "");
    return false;
  }
  if ((is_restart || json_bool_of(own, "confirm", false)) && strcmp(json_text_of(request, "confirm", ""), service->name) != 0) {
    asking_refuse(asking, "unconfirmed", "confirm must be \"%s\", the name of the service that this is done to", service->name);
    return false;
  }
  if (other) {
    asking_refuse(asking, "busy", "\"%s\" is being restarted already: action %s", service->name, other->id);
    return false;
  }
  if (is_restart && count_since(all, service->name, "restart", RESTARTS_WITHIN_MS) >= RESTARTS_MOST) {
    asking_refuse(asking, "rate_limited", "\"%s\" was restarted %d times within ten minutes: that is not what helps it", service->name,
                  RESTARTS_MOST);
    return false;
  }
  if (count_since(all, NULL, NULL, ACTIONS_WITHIN_MS) >= ACTIONS_MOST) {
    asking_refuse(asking, "rate_limited", "more than %d actions within a minute", ACTIONS_MOST);
    return false;
  }
  return true;
}

void actions_begin(struct actions *all, struct asking *asking, const json_t *request)
{
  struct scheduler *s = all->scheduler;
  const char *name = json_text_of(request, "action", ""), *key = json_text_of(request, "idempotency_key", NULL);
  const struct service *service = catalogue_find(s, json_text_of(request, "service", ""));
  if (!service || !service->declaration) {
    asking_refuse(asking, "not_found", "there is no service \"%s\"", json_text_of(request, "service", ""));
    return;
  }
  const struct action *same = find_key(all, key);
  if (same) {
    if (strcmp(same->service, service->name) == 0 && strcmp(same->name, name) == 0)
      asking_answer(asking, json_pack("{s:o}", "action", action_present(same)));
    else
      asking_refuse(asking, "conflict", "that idempotency key was used for %s of \"%s\"", same->name, same->service);
    return;
  }
  if (!may_begin(all, asking, request, service, name))
    return;
  struct audit audit = { .action = name, .subject = service->name, .outcome = "requested" };
  audit_from(&audit, request);
  struct action *a = action_new(all, service->name, name);
  a->actor = mem_copy_text(audit.actor ? audit.actor : "signalbox");
  a->source = mem_copy_text(audit.source);
  a->key = mem_copy_text(key);
  a->asking = asking;
  a->argument = json_object();
  json_object_set_new(a->argument, "force", json_boolean(json_bool_of(request, "force", false)));
  if (json_is_object(json_object_get(request, "argument")))
    json_object_update(a->argument, json_object_get(request, "argument"));
  audit.parameters = a->argument;
  audit_note(s, &audit);
  a->audit_seq = journal_depth(s->journal).last_seq;
  action_tell(a);
  wake(all);
}

json_t *actions_present(const struct actions *all, const char *id)
{
  for (const struct action *a = all->first; a; a = a->next)
    if (strcmp(a->id, id) == 0)
      return action_present(a);
  return NULL;
}

json_t *actions_history(const struct actions *all, const char *service)
{
  return json_object_get(all->histories, service);
}

/* ---- life ---- */

/* It was under way when the scheduler ended: nobody knows what became of it. */
static void take_back(void *arg, const char *id, const char *text)
{
  struct actions *all = arg;
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  const char *service = json_text_of(json, "service_name", ""), *name = json_text_of(json, "action", "");
  struct action *a = action_new(all, service, name);
  snprintf(a->id, sizeof a->id, "%s", id);
  a->actor = mem_copy_text(json_text_of(json, "by", "signalbox"));
  a->source = mem_copy_text(json_text_of(json, "from", NULL));
  int64_t us;
  if (clock_parse(json_text_of(json, "requested_at", ""), &us))
    a->requested_us = us;
  if (clock_parse(json_text_of(json, "started_at", ""), &us))
    a->started_us = us;
  json_decref(json);
  action_end(a, NULL, "the scheduler was restarted while it was under way; what became of it is not known");
}

static void take_history(void *arg, const char *service, const char *text)
{
  struct actions *all = arg;
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  if (json)
    json_object_set_new(all->histories, service, json);
}

struct actions *actions_new(struct scheduler *s, struct err *e)
{
  struct actions *all = MEM_NEW(struct actions);
  all->scheduler = s;
  all->histories = json_object();
  uv_timer_init(s->loop, &all->timer);
  all->timer.data = all;
  if (journal_each_state(s->journal, "action_history", take_history, all, e) && journal_each_state(s->journal, "action", take_back, all, e))
    return all;
  actions_stop(all);
  uv_run(s->loop, UV_RUN_NOWAIT);
  actions_free(all);
  return NULL;
}

void actions_stop(struct actions *all)
{
  uv_close((uv_handle_t *)&all->timer, NULL);
}

void actions_free(struct actions *all)
{
  if (!all)
    return;
  while (all->first)
    action_release(all->first);
  json_decref(all->histories);
  free(all);
}
