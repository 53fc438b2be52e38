#include "scheduler/incidents.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/logtext.h"
#include "scheduler/catalogue.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

/** Captures on their way at a time: when everything falls at once, the first ones tell enough. */
#define CAPTURES_MOST 16
#define DIAGNOSE_MS 30000
#define LOGS_MS 8000
#define LINES 100
/** Largest diagnosis that is kept, bytes of JSON. */
#define DIAGNOSIS_CAP (64 * 1024)

struct capture {
  struct capture *next, **link;
  struct incidents *all;
  char *service;
  int64_t at_us;  /* the window's beginning */
  unsigned parts; /* that have not come */
  json_t *json;
};

struct incidents {
  struct scheduler *scheduler;
  struct capture *first;
  size_t count;
};

static void release(struct capture *c)
{
  *c->link = c->next;
  if (c->next)
    c->next->link = c->link;
  c->all->count--;
  json_decref(c->json);
  free(c->service);
  free(c);
}

/* One part has come. With the last one it is kept. */
static void arrived(struct capture *c)
{
  if (--c->parts)
    return;
  char *line = json_line(c->json);
  journal_add(c->all->scheduler->journal,
              &(struct entry){ .kind = ENTRY_NOTE, .note = "incident", .service = c->service, .body = line, .at_us = c->at_us });
  free(line);
  release(c);
}

/* {"at", key: value, "error"}; the value is taken over. */
static void put_part(struct capture *c, const char *part, const char *key, json_t *value, const char *error)
{
  json_t *json = json_object();
  json_set_stamp(json, "at", clock_wall_us());
  json_object_set_new(json, key, value);
  json_set_text(json, "error", error);
  json_object_set_new(c->json, part, json);
  arrived(c);
}

static void on_diagnosed(void *arg, const struct outcome *o)
{
  bool good = o->status == STATUS_HEALTHY;
  bool large = good && o->answer && json_dumpb(o->answer, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) > DIAGNOSIS_CAP;
  json_t *output = good && o->answer && !large ? json_incref((json_t *)(uintptr_t)o->answer) : json_null();
  put_part(arg, "diagnosis", "output", output, large ? "it said more than 64 KiB" : good ? NULL : o->error);
}

static void on_logs(void *arg, const struct outcome *o)
{
  struct capture *c = arg;
  const json_t *settings = json_object_get(files_settings(c->all->scheduler->files), "logs");
  bool good = o->status == STATUS_HEALTHY;
  json_t *lines = good ? logtext_lines_of(o->answer, LINES, json_object_get(settings, "mask")) : json_array();
  put_part(c, "logs", "lines", lines, good ? NULL : o->error);
}

/* How those are on which it depends. */
static json_t *parents_of(struct scheduler *s, const struct service *service)
{
  json_t *list = json_array(), *name;
  size_t i;
  json_array_foreach(json_object_get(service->declaration->json, "depends_on"), i, name) {
    const struct service *parent = catalogue_find(s, json_string_value(name));
    json_t *json = json_object();
    json_object_set(json, "service_name", name);
    json_set_text(json, "status", parent && parent->declaration ? status_name(parent->confirm.confirmed) : NULL);
    json_array_append_new(list, json);
  }
  return list;
}

static void ask(struct capture *c, const struct service *service, const char *what, const json_t *argument, int64_t timeout_ms,
                pool_deed_fn fn)
{
  if (!service_declares(service, "can", what))
    return;
  struct deed deed = {
    .kind = ITEM_SERVICE, .file = service->file, .name = service->name, .what = what, .argument = argument, .timeout_ms = timeout_ms
  };
  if (pool_do(c->all->scheduler->pool, &deed, fn, c))
    c->parts++;
}

static bool is_under_way(const struct incidents *i, const char *service)
{
  const struct capture *c = i->first;
  while (c && strcmp(c->service, service) != 0)
    c = c->next;
  return c;
}

void incidents_transition(struct incidents *i, const struct service *service, const struct transition *t)
{
  bool worse = t->to == STATUS_DOWN || (t->to == STATUS_DEGRADED && t->from == STATUS_HEALTHY);
  if (!worse || !service->declaration || is_under_way(i, service->name))
    return;
  if (i->count == CAPTURES_MOST) {
    log_warn("incident_not_captured", "service=%s why=%d_others_are_being_captured", service->name, CAPTURES_MOST);
    return;
  }
  struct capture *c = MEM_NEW(struct capture);
  *c = (struct capture){ .next = i->first, .link = &i->first, .all = i, .at_us = t->at_us, .parts = 1, .json = json_object() };
  c->service = mem_copy_text(service->name);
  if (i->first)
    i->first->link = &c->next;
  i->first = c;
  i->count++;
  json_object_set_new(c->json, "depends_on", parents_of(i->scheduler, service));
  json_t *lines = json_integer(LINES);
  ask(c, service, "diagnose", NULL, DIAGNOSE_MS, on_diagnosed);
  ask(c, service, "logs", lines, LOGS_MS, on_logs);
  json_decref(lines);
  arrived(c);
}

struct incidents *incidents_new(struct scheduler *s)
{
  struct incidents *i = MEM_NEW(struct incidents);
  i->scheduler = s;
  return i;
}

void incidents_free(struct incidents *i)
{
  if (!i)
    return;
  while (i->first)
    release(i->first);
  free(i);
}
