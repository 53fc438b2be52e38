#include "scheduler/catalogue.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/depends.h"
#include "core/vouch.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/runs.h"
#include "scheduler/walltime.h"

struct service *catalogue_find(const struct scheduler *s, const char *name)
{
  struct service *service;
  HASH_FIND_STR(s->services, name, service);
  return service;
}

static const json_t *declared_parents(void *arg, const char *name)
{
  const struct service *service = catalogue_find(arg, name);
  return service && service->declaration ? service->declaration->depends_on : NULL;
}

/* A question about parents, for depends_find. */
struct question {
  const struct scheduler *scheduler;
  bool (*is_it)(const struct service *parent); /* NULL: is it that one? */
  const struct service *wanted;
};

static const json_t *parents_for(void *arg, const char *name)
{
  const struct question *q = arg;
  return declared_parents((void *)(uintptr_t)q->scheduler, name);
}

static bool ask_of(void *arg, const char *name)
{
  const struct question *q = arg;
  const struct service *service = catalogue_find(q->scheduler, name);
  return service && service->declaration && (q->is_it ? q->is_it(service) : service == q->wanted);
}

static const struct service *find_parent(const struct service *service, struct question *q)
{
  if (!service->declaration || !service->declaration->depends_on)
    return NULL;
  const char *name = depends_find(service->name, parents_for, ask_of, q);
  return name ? catalogue_find(q->scheduler, name) : NULL;
}

const struct service *catalogue_parent(const struct scheduler *s, const struct service *service,
                                       bool (*is_it)(const struct service *parent))
{
  return find_parent(service, &(struct question){ .scheduler = s, .is_it = is_it });
}

bool catalogue_depends_on(const struct scheduler *s, const struct service *service, const struct service *parent)
{
  return find_parent(service, &(struct question){ .scheduler = s, .wanted = parent });
}

static bool is_down(const struct service *service)
{
  return service->confirm.confirmed == STATUS_DOWN;
}

const struct service *catalogue_down_parent(const struct scheduler *s, const struct service *service)
{
  return catalogue_parent(s, service, is_down);
}

static struct service *find_or_add(struct scheduler *s, const char *name)
{
  struct service *service = catalogue_find(s, name);
  if (!service) {
    service = service_new(name);
    HASH_ADD_KEYPTR(hh, s->services, service->name, strlen(service->name), service);
  }
  return service;
}

static void restore(void *arg, const char *name, const char *json)
{
  struct scheduler *s = arg;
  struct err e;
  if (!service_read_state(find_or_add(s, name), json, clock_mono_ms(), clock_wall_us(), &e))
    log_warn("state_refused", "service=%s why=%s instead=without_past", name, LOG_QUOTE(e.text));
}

bool catalogue_restore(struct scheduler *s, struct err *e)
{
  return journal_each_state(s->journal, "service", restore, s, e);
}

/* The row of `services` in Postgres. */
static void note_service(struct scheduler *s, const struct service *service)
{
  char *body = NULL;
  if (service->declaration) {
    json_t *json = json_object();
    json_set_text(json, "title", service->declaration->title);
    json_set_text(json, "group", service->declaration->group);
    json_object_set_new(json, "critical", json_boolean(service->declaration->critical));
    json_object_set(json, "declaration", service->declaration->json);
    json_set_text(json, "file", service->file);
    body = json_line(json);
    json_decref(json);
  }
  journal_add(s->journal,
              &(struct entry){ .kind = ENTRY_SERVICE, .service = service->name, .body = body, .latency_ms = -1, .at_us = clock_wall_us() });
  free(body);
}

static void retire(struct scheduler *s, struct service *service)
{
  log_info("service_retired", "service=%s", service->name);
  runs_unschedule(s, service);
  declaration_free(service->declaration);
  service->declaration = NULL;
  free(service->file);
  service->file = NULL;
  /* Whoever comes back begins with a clean sheet. */
  service->runners_ended = 0;
  service->rests_until_us = service->guilty_ms = 0;
  free(service->no_data_error);
  service->no_data_error = NULL;
  outcome_unknown(s, service, walltime_now_us(s));
  note_service(s, service);
}

/* What the scheduler did not see because it was not there is a hole, before any new result could bridge it. */
static void see_absence(struct scheduler *s, struct service *service)
{
  int64_t last_us = service->confirm.last_us;
  if (!last_us)
    return;
  if (service_is_stale(service, clock_mono_ms()) ||
      vouch_hole_us(last_us, service->every_ms, journal_last_alive_us(s->journal), s->started_us))
    outcome_unknown(s, service, last_us + service->every_ms * 1000);
}

static void declare(struct scheduler *s, const char *file, struct declaration *d)
{
  struct service *service = find_or_add(s, d->name);
  bool is_new = !service->declaration;
  bool same = !is_new && json_equal(service->declaration->json, d->json) && strcmp(service->file, file) == 0;
  bool new_rhythm = is_new || service->every_ms != d->every_ms;
  declaration_free(service->declaration);
  service->declaration = d;
  service->every_ms = d->every_ms;
  service->declared_anew = true;
  if (!service->file || strcmp(service->file, file) != 0) {
    free(service->file);
    service->file = mem_copy_text(file);
  }
  if (is_new)
    see_absence(s, service);
  bool rested = service->rests_until_us > 0; /* a changed script gets its chance */
  if (!is_new)
    service->runners_ended = 0;
  service->rests_until_us = 0;
  if (new_rhythm || rested)
    runs_schedule_first(s, service, rested || (is_new && service->confirm.confirmed == STATUS_NO_DATA));
  if (!same)
    note_service(s, service);
}

static void free_all(struct declaration **declarations, size_t n)
{
  for (size_t i = 0; i < n; i++)
    declaration_free(declarations[i]);
  free(declarations);
}

/* What a file that is not yet taken says of its services goes before what is declared now. */
struct parents {
  struct scheduler *scheduler;
  json_t *anew; /* name -> depends_on */
};

static const json_t *parents_of(void *arg, const char *name)
{
  const struct parents *p = arg;
  const json_t *anew = json_object_get(p->anew, name);
  return anew ? anew : declared_parents(p->scheduler, name);
}

static bool depend_soundly(struct scheduler *s, struct declaration **declarations, size_t n, struct err *e)
{
  struct parents p = { .scheduler = s, .anew = json_object() };
  bool sound = true;
  for (size_t i = 0; i < n; i++) {
    json_t *names = json_object_get(declarations[i]->json, "depends_on");
    json_object_set(p.anew, declarations[i]->name, names ? names : json_null());
  }
  for (size_t i = 0; sound && i < n; i++)
    if (declarations[i]->depends_on && !depends_is_sound(declarations[i]->name, parents_of, &p, e))
      sound = err_context(e, "service %s: depends_on goes in a circle", declarations[i]->name);
  json_decref(p.anew);
  return sound;
}

/* Reads all or none. */
static struct declaration **read_all(struct scheduler *s, const char *file, const json_t *list, struct err *e)
{
  size_t n = json_array_size(list);
  struct declaration **declarations = mem_new(n, sizeof *declarations);
  for (size_t i = 0; i < n; i++) {
    declarations[i] = declaration_read(json_array_get(list, i), e);
    const struct service *other = declarations[i] ? catalogue_find(s, declarations[i]->name) : NULL;
    /* A service whose file was renamed or merged into another goes over to it with its past. */
    bool taken = other && other->declaration && strcmp(other->file, file) != 0 && files_is_present(s->files, other->file);
    if (taken)
      err_set(e, "%s: service %s is already declared by %s; this file is not used", file, other->name, other->file);
    if (taken || !declarations[i]) {
      free_all(declarations, i + 1);
      return NULL;
    }
  }
  if (!depend_soundly(s, declarations, n, e)) {
    err_context(e, "%s", file);
    free_all(declarations, n);
    return NULL;
  }
  return declarations;
}

bool catalogue_declare(struct scheduler *s, const char *file, const json_t *list, struct err *e)
{
  size_t n = json_array_size(list);
  struct declaration **declarations = read_all(s, file, list, e);
  if (!declarations)
    return false;
  for (size_t i = 0; i < n; i++)
    declare(s, file, declarations[i]);
  for (struct service *service = s->services; service; service = service->hh.next) {
    if (service->declaration && !service->declared_anew && strcmp(service->file, file) == 0)
      retire(s, service);
    service->declared_anew = false;
  }
  free(declarations);
  return true;
}

void catalogue_retire_file(struct scheduler *s, const char *file)
{
  for (struct service *service = s->services; service; service = service->hh.next)
    if (service->declaration && strcmp(service->file, file) == 0)
      retire(s, service);
}

void catalogue_retire_leftovers(struct scheduler *s)
{
  for (struct service *service = s->services; service; service = service->hh.next)
    if (!service->declaration && service->confirm.confirmed != STATUS_NO_DATA)
      retire(s, service);
}

void catalogue_free(struct scheduler *s)
{
  struct service *service, *next;
  HASH_ITER(hh, s->services, service, next) {
    HASH_DEL(s->services, service);
    service_free(service);
  }
}
