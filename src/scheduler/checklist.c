#include "scheduler/checklist.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/files.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"
#include "scheduler/runs.h"
#include "scheduler/walltime.h"

#define SCOPE "preflight"
/** What has not passed is run again this soon, milliseconds; or as often as it was declared, if that is sooner. */
#define RETRY_MS 5000
/** One that says itself that it is not done yet is asked again after so long, milliseconds. */
#define PENDING_MS 500
/** How long the first result of an item that comes up while the gate is open may take beyond its timeout, milliseconds. */
#define FIRST_MS 60000
#define ERROR_CAP 500
/** A result of a function speaks for so many of its intervals, and for as long as the run after them may take. */
#define STALE_INTERVALS 3

void checklist_init(struct checklist *c, struct scheduler *s, void (*changed)(void *arg), void *arg)
{
  *c = (struct checklist){ .scheduler = s, .changed = changed, .arg = arg };
}

static void drop(struct checklist *c, struct preflight *p)
{
  pool_abandon(c->scheduler->pool, p);
  HASH_DEL(c->items, p);
  preflight_free(p);
}

void checklist_done(struct checklist *c)
{
  struct preflight *p, *next;
  HASH_ITER(hh, c->items, p, next) {
    HASH_DEL(c->items, p);
    preflight_free(p);
  }
}

struct preflight *checklist_find(const struct checklist *c, const char *name)
{
  struct preflight *p;
  HASH_FIND_STR(c->items, name, p);
  return p;
}

static struct preflight *add(struct checklist *c, const char *name)
{
  struct preflight *p = preflight_new(name);
  p->checklist = c;
  HASH_ADD_KEYPTR(hh, c->items, p->name, strlen(p->name), p);
  return p;
}

void checklist_keep(const struct checklist *c, const struct preflight *p)
{
  char *state = preflight_write_state(p);
  journal_keep_state(c->scheduler->journal, SCOPE, p->name, state);
  free(state);
}

struct restoring {
  struct checklist *checklist;
  bool go_on;
};

static void restore(void *arg, const char *name, const char *json)
{
  struct restoring *r = arg;
  struct err e;
  struct preflight *p = add(r->checklist, name);
  if (preflight_read_state(p, json, r->go_on, clock_wall_us(), clock_mono_ms(), &e))
    return;
  log_warn("state_refused", "preflight=%s why=%s instead=without_past", name, LOG_QUOTE(e.text));
  HASH_DEL(r->checklist->items, p);
  preflight_free(p);
}

bool checklist_restore(struct checklist *c, bool go_on, struct err *e)
{
  return journal_each_state(c->scheduler->journal, SCOPE, restore, &(struct restoring){ c, go_on }, e);
}

/* ---- what is declared ---- */

static void replace_text(char **text, const char *by)
{
  char *copy = mem_copy_text(by);
  free(*text);
  *text = copy;
}

/* Common to both kinds. first_ms: how long its first result may take. */
static void list(struct preflight *p, const char *title, const char *help, const char *file, bool required, int64_t grace_ms,
                 int64_t first_ms, int64_t wall_us, int64_t mono_ms)
{
  p->is_listed = true;
  p->position = p->checklist->listed++;
  replace_text(&p->title, title);
  replace_text(&p->help, help);
  replace_text(&p->file, file);
  p->check.required = required;
  p->check.grace_ms = grace_ms;
  p->check.first_ms = first_ms;
  if (!p->since_us)
    p->since_us = wall_us;
  if (p->check.result == GATE_UNKNOWN && !p->check.failing_ms)
    p->check.failing_ms = mono_ms;
}

static void list_preflight(struct checklist *c, const struct item *item, int64_t wall_us, int64_t mono_ms)
{
  struct preflight *p = checklist_find(c, item->name);
  const json_t *d = item->declaration;
  if (!p)
    p = add(c, item->name);
  if (!p->declaration || !json_equal(p->declaration, d)) {
    json_decref(p->declaration);
    p->declaration = json_incref((json_t *)(uintptr_t)d);
    p->due_ms = mono_ms;
  }
  p->every_ms = json_int_of(d, "every_ms", 30000);
  list(p, json_text_of(d, "title", item->name), json_text_of(d, "help", NULL), item->file, json_bool_of(d, "required", true),
       json_int_of(d, "grace_ms", 0), json_int_of(d, "timeout_ms", 10000) + FIRST_MS, wall_us, mono_ms);
}

/* Is the service under the rules of a required preflight already? */
static bool is_named(const struct scheduler *s, const char *service)
{
  size_t i;
  const json_t *name;
  for (const struct item *item = s->items[ITEM_PREFLIGHT]; item; item = item->hh.next) {
    if (!json_bool_of(item->declaration, "required", true))
      continue;
    json_array_foreach(json_object_get(item->declaration, "services"), i, name)
      if (strcmp(json_string_value(name), service) == 0)
        return true;
  }
  return false;
}

static void list_service(struct checklist *c, const struct service *service, int64_t wall_us, int64_t mono_ms)
{
  char name[96];
  const struct declaration *d = service->declaration;
  snprintf(name, sizeof name, PREFLIGHT_SERVICE_PREFIX "%s", service->name);
  struct preflight *p = checklist_find(c, name);
  if (!p)
    p = add(c, name);
  list(p, d->title, NULL, service->file, true, 0, d->timeout_ms + FIRST_MS, wall_us, mono_ms);
}

/* A required item whose file cannot be used (any more) since the start is not let go with it: whoever breaks the file must not open the gate. */
static bool is_broken(const struct checklist *c, const struct preflight *p)
{
  const struct files *files = c->scheduler->files;
  return p->check.required && p->file && files_is_present(files, p->file) && !files_in_use(files, p->file);
}

static void drop_unlisted(struct checklist *c, int64_t wall_us, int64_t mono_ms)
{
  struct preflight *p, *next;
  char text[256];
  HASH_ITER(hh, c->items, p, next) {
    if (!p->is_listed && is_broken(c, p)) {
      snprintf(text, sizeof text, "its file %s is broken", p->file);
      if (!p->error || strcmp(p->error, text) != 0) {
        preflight_take(p, GATE_FAILED, text, -1, wall_us, mono_ms);
        checklist_keep(c, p);
      }
    } else if (!p->is_listed) {
      if (p->override.by)
        audit_note(c->scheduler, &(struct audit){ .action = "override_ended", .subject = p->name, .outcome = "the check is gone" });
      journal_keep_state(c->scheduler->journal, SCOPE, p->name, NULL);
      drop(c, p);
    }
  }
}

/* ---- what services say ---- */

enum verdict { IS_UP, IS_NOT_UP, IS_UNKNOWN };

/* What the service's own machine has confirmed. Unknown: nothing is known yet, and nothing is wrong with its monitor either. */
static enum verdict look_at(const struct scheduler *s, const char *name, int64_t mono_ms, struct buf *why)
{
  const struct service *service = catalogue_find(s, name);
  if (!service || !service->declaration) {
    buf_printf(why, "there is no service %s", name);
    return IS_NOT_UP;
  }
  enum status status = service->confirm.confirmed;
  bool known = status != STATUS_NO_DATA && !service_is_stale(service, mono_ms);
  if (known && status != STATUS_DOWN)
    return IS_UP;
  if (known)
    buf_printf(why, "%s is down%s%s", name, service->error ? ": " : "", service->error ? service->error : "");
  else if (service->no_data_error)
    buf_printf(why, "of %s nothing is known: %s", name, service->no_data_error);
  else
    buf_printf(why, "of %s nothing is known%s", name, service->confirm.last_us ? ": its last result is too old" : " yet");
  return known || service->no_data_error ? IS_NOT_UP : IS_UNKNOWN;
}

static void take_if_new(struct checklist *c, struct preflight *p, enum gate_result result, const char *error, int64_t latency_ms,
                        int64_t wall_us, int64_t mono_ms)
{
  /* What was known once and is no longer has failed; before that it is still awaited. */
  if (result == GATE_UNKNOWN && p->check.result != GATE_UNKNOWN)
    result = GATE_FAILED;
  bool same = p->check.result == result && (error ? p->error && strcmp(error, p->error) == 0 : !p->error);
  if (same)
    return;
  preflight_take(p, result, error, latency_ms, wall_us, mono_ms);
  checklist_keep(c, p);
}

/* A preflight's services, or the one service that stands for itself. */
static void ask_services(struct checklist *c, struct preflight *p, int64_t wall_us, int64_t mono_ms)
{
  const struct scheduler *s = c->scheduler;
  const json_t *names = json_object_get(p->declaration, "services"), *name;
  size_t n = names ? json_array_size(names) : 1, least = (size_t)json_int_of(p->declaration, "at_least", (int64_t)n), up = 0, unknown = 0,
         i;
  struct buf why;
  buf_init(&why, ERROR_CAP);
  for (i = 0; i < n; i++) {
    name = json_array_get(names, i);
    size_t before = why.len;
    if (before)
      buf_add_text(&why, "; ");
    enum verdict v = look_at(s, names ? json_string_value(name) : p->name + strlen(PREFLIGHT_SERVICE_PREFIX), mono_ms, &why);
    if (v == IS_UP && before)
      why.data[why.len = before] = '\0';
    up += v == IS_UP;
    unknown += v == IS_UNKNOWN;
  }
  const struct service *own = names ? NULL : catalogue_find(s, p->name + strlen(PREFLIGHT_SERVICE_PREFIX));
  if (own && own->confirm.last_us)
    p->checked_us = own->confirm.last_us;
  enum gate_result result = up >= least ? GATE_PASSED : up + unknown >= least ? GATE_UNKNOWN : GATE_FAILED;
  take_if_new(c, p, result, result == GATE_PASSED ? NULL : buf_text(&why), own ? own->latency_ms : -1, wall_us, mono_ms);
  buf_done(&why);
}

/* Runs end, whatever a script does; unless there are no runners. */
static void look_whether_stale(struct checklist *c, struct preflight *p, int64_t wall_us, int64_t mono_ms)
{
  int64_t speaks_ms = STALE_INTERVALS * p->every_ms + json_int_of(p->declaration, "timeout_ms", 10000);
  if (p->check.result == GATE_PASSED && mono_ms - p->taken_ms > speaks_ms)
    take_if_new(c, p, GATE_FAILED, "its last result is too old", -1, wall_us, mono_ms);
}

/* Preflights before services, by file, and as they stand in it: the same at every start. */
static int in_order(const struct preflight *a, const struct preflight *b)
{
  if (!a->declaration != !b->declaration)
    return a->declaration ? -1 : 1;
  int by_file = strcmp(a->file, b->file);
  return by_file ? by_file : a->position - b->position;
}

void checklist_sync(struct checklist *c, int64_t wall_us, int64_t mono_ms)
{
  struct scheduler *s = c->scheduler;
  struct preflight *p;
  for (p = c->items; p; p = p->hh.next)
    p->is_listed = false;
  c->listed = 0;
  for (const struct item *item = s->items[ITEM_PREFLIGHT]; item; item = item->hh.next)
    list_preflight(c, item, wall_us, mono_ms);
  for (const struct service *service = s->services; service; service = service->hh.next)
    if (service->declaration && service->declaration->critical && !is_named(s, service->name))
      list_service(c, service, wall_us, mono_ms);
  drop_unlisted(c, wall_us, mono_ms);
  HASH_SORT(c->items, in_order);
  for (p = c->items; p; p = p->hh.next) {
    if (p->is_listed && !preflight_is_run(p))
      ask_services(c, p, wall_us, mono_ms);
    else if (p->is_listed)
      look_whether_stale(c, p, wall_us, mono_ms);
  }
}

/* ---- what functions say ---- */

static enum gate_result result_of(const struct outcome *o, const char **why)
{
  static const enum gate_result results[] = { [ITEM_PASSED] = GATE_PASSED, [ITEM_PENDING] = GATE_UNKNOWN, [ITEM_FAILED] = GATE_FAILED };
  *why = o->error ? o->error : o->status == STATUS_NO_DATA ? "its function did not end well" : "it failed";
  return o->status == STATUS_HEALTHY ? results[item_verdict_of(o->answer, why)] : GATE_FAILED;
}

static void on_run(void *arg, const struct outcome *o)
{
  struct preflight *p = arg;
  struct checklist *c = p->checklist;
  const char *why;
  enum gate_result result = result_of(o, &why);
  int64_t mono_ms = clock_mono_ms(), again_ms = result == GATE_PASSED ? p->every_ms : result == GATE_FAILED ? RETRY_MS : PENDING_MS;
  p->is_running = p->check.running = false;
  preflight_take(p, result, why, o->latency_ms, walltime_now_us(c->scheduler), mono_ms);
  p->due_ms = mono_ms + (again_ms < p->every_ms ? again_ms : p->every_ms);
  checklist_keep(c, p);
  c->changed(c->arg);
}

/* What the function is told: which schema this Signalbox needs. */
static bool start_run(struct checklist *c, struct preflight *p)
{
  json_t *argument = json_pack("{s:s}", "schema", SIGNALBOX_SCHEMA);
  p->is_running = pool_do(c->scheduler->pool,
                          &(struct deed){ .kind = ITEM_PREFLIGHT,
                                          .file = p->file,
                                          .name = p->name,
                                          .what = "run",
                                          .argument = argument,
                                          .timeout_ms = json_int_of(p->declaration, "timeout_ms", 10000) },
                          on_run, p);
  p->check.running = p->is_running;
  json_decref(argument);
  return p->is_running;
}

void checklist_run_due(struct checklist *c, int64_t mono_ms)
{
  for (struct preflight *p = c->items; p; p = p->hh.next)
    if (p->is_listed && preflight_is_run(p) && !p->is_running && p->due_ms <= mono_ms && !start_run(c, p))
      p->due_ms = mono_ms + RETRY_MS;
}

void checklist_run_all(struct checklist *c, int64_t mono_ms)
{
  struct scheduler *s = c->scheduler;
  for (struct preflight *p = c->items; p; p = p->hh.next)
    if (preflight_is_run(p))
      p->due_ms = mono_ms;
  for (struct service *service = s->services; service; service = service->hh.next)
    if (service->declaration && (service->declaration->critical || is_named(s, service->name)))
      runs_start(s, service);
  checklist_run_due(c, mono_ms);
}

int64_t checklist_next_ms(const struct checklist *c)
{
  int64_t next_ms = INT64_MAX;
  for (const struct preflight *p = c->items; p; p = p->hh.next)
    if (p->is_listed && preflight_is_run(p) && !p->is_running && p->due_ms < next_ms)
      next_ms = p->due_ms;
  return next_ms;
}
