#include "scheduler/pool.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "loop/linepipe.h"
#include "scheduler/files.h"
#include "scheduler/outcome.h"
#include "scheduler/runner_process.h"
#include "scheduler/script_source.h"

/** A run that was lost with a runner is repeated this often before it is called without data. */
#define ATTEMPTS 3

/* Which version of a file a runner holds. */
struct held_version {
  char *file, *version;
  UT_hash_handle hh;
};

/* One run on its way. */
struct ticket {
  uint64_t id;
  struct service *service; /* of a probe; NULL: a deed */
  enum item_kind kind;     /* of a deed, as in struct deed */
  char *file, *name, *what;
  json_t *argument;
  int64_t timeout_ms;
  bool sent;
  struct runner *runner;
  int64_t due_us;
  unsigned attempts;
  pool_outcome_fn fn;   /* of a probe */
  pool_deed_fn deed_fn; /* of a deed, NULL: abandoned */
  pool_progress_fn on_progress;
  void *arg;
  UT_hash_handle hh;
};

/* One script being tried. */
struct trial {
  const struct script_source *source;
  struct runner *runner;
  UT_hash_handle hh;
};

struct runner {
  struct pool *pool;
  struct runner_process process;
  struct held_version *versions;
  size_t runs;
};

struct pool {
  struct scheduler *scheduler;
  char *path, *secrets;
  pool_loaded_fn on_loaded;
  void *arg;
  struct ticket *tickets; /* by id */
  struct trial *trials;   /* by file */
  uint64_t last_id;
  uv_timer_t look_timer;
  size_t count;
  struct runner runners[];
};

/* ---- what is sent ---- */

static void send_source(struct runner *r, const struct script_source *source)
{
  linepipe_send(r->process.pipe,
                message_write_load(&(struct message_load){
                    .file = source->file, .version = source->version, .source = source->source, .settings = source->settings }));
}

static void set_version(struct runner *r, const char *file, const char *version)
{
  struct held_version *v;
  HASH_FIND_STR(r->versions, file, v);
  if (!v) {
    v = MEM_NEW(struct held_version);
    v->file = mem_copy_text(file);
    HASH_ADD_KEYPTR(hh, r->versions, v->file, strlen(v->file), v);
  }
  free(v->version);
  v->version = mem_copy_text(version);
}

static void forget_version(struct runner *r, struct held_version *v)
{
  HASH_DEL(r->versions, v);
  free(v->file);
  free(v->version);
  free(v);
}

/* A runner that does not hold the version in use is sent it first; messages arrive in order. */
static void need_version(struct runner *r, const struct script_source *source)
{
  struct held_version *v;
  HASH_FIND_STR(r->versions, source->file, v);
  if (v && strcmp(v->version, source->version) == 0)
    return;
  send_source(r, source);
  set_version(r, source->file, source->version);
}

static void free_ticket(struct ticket *t)
{
  free(t->file);
  free(t->name);
  free(t->what);
  json_decref(t->argument);
  free(t);
}

static void end_ticket(struct pool *p, struct ticket *t, const struct outcome *o, int64_t late_us)
{
  HASH_DEL(p->tickets, t);
  t->runner->runs--;
  if (t->service)
    t->fn(t->arg, t->service, o, late_us);
  else if (t->deed_fn)
    t->deed_fn(t->arg, o);
  free_ticket(t);
}

static void end_without_data(struct pool *p, struct ticket *t, const char *why)
{
  end_ticket(p, t, &(struct outcome){ .latency_ms = -1, .error = why }, 0);
}

static const char *name_of(const struct ticket *t)
{
  return t->service ? t->service->name : t->name;
}

static const char *what_of(const struct ticket *t)
{
  return t->service ? MESSAGE_PROBE : t->what;
}

static void send_ticket(struct pool *p, struct ticket *t)
{
  struct runner *r = t->runner;
  struct service *service = t->service;
  const char *file = service ? service->declaration ? service->file : NULL : t->file;
  const struct script_source *source = file ? files_in_use(p->scheduler->files, file) : NULL;
  if (!source) {
    end_without_data(p, t, "its script is gone");
    return;
  }
  need_version(r, source);
  t->sent = true;
  linepipe_send(r->process.pipe, message_write_run(&(struct message_run){
                                     .id = t->id,
                                     .kind = t->kind,
                                     .file = file,
                                     .service = name_of(t),
                                     .what = what_of(t),
                                     .argument = t->argument,
                                     .timeout_ms = service ? service->declaration->timeout_ms : t->timeout_ms,
                                     .due_us = t->due_us,
                                 }));
}

/* One service stays with one runner: connections kept alive are found again. */
static struct runner *runner_for(struct pool *p, const char *name)
{
  unsigned hash;
  HASH_JEN(name, strlen(name), hash);
  return &p->runners[hash % p->count];
}

static void issue(struct pool *p, struct ticket *t)
{
  t->id = ++p->last_id;
  t->runner = runner_for(p, name_of(t));
  t->runner->runs++;
  HASH_ADD(hh, p->tickets, id, sizeof t->id, t);
  if (t->runner->process.pipe)
    send_ticket(p, t);
}

void pool_run(struct pool *p, struct service *service, int64_t due_us, pool_outcome_fn fn, void *arg)
{
  struct ticket *t = MEM_NEW(struct ticket);
  *t = (struct ticket){ .service = service, .kind = ITEM_SERVICE, .due_us = due_us, .fn = fn, .arg = arg };
  issue(p, t);
}

bool pool_do(struct pool *p, const struct deed *d, pool_deed_fn fn, void *arg)
{
  if (!files_in_use(p->scheduler->files, d->file))
    return false;
  struct ticket *t = MEM_NEW(struct ticket);
  *t = (struct ticket){
    .kind = d->kind, .timeout_ms = d->timeout_ms, .due_us = clock_mono_us(), .deed_fn = fn, .on_progress = d->on_progress, .arg = arg
  };
  t->file = mem_copy_text(d->file);
  t->name = mem_copy_text(d->name);
  t->what = mem_copy_text(d->what);
  t->argument = d->argument ? json_deep_copy(d->argument) : NULL;
  issue(p, t);
  return true;
}

void pool_abandon(struct pool *p, const void *arg)
{
  for (struct ticket *t = p->tickets; t; t = t->hh.next)
    if (!t->service && t->arg == arg)
      t->deed_fn = NULL;
}

void pool_try(struct pool *p, const struct script_source *source)
{
  struct trial *t = MEM_NEW(struct trial);
  *t = (struct trial){ .source = source, .runner = runner_for(p, source->file) };
  HASH_ADD_KEYPTR(hh, p->trials, source->file, strlen(source->file), t);
  if (t->runner->process.pipe)
    send_source(t->runner, source);
}

static void forget_trial(struct pool *p, struct trial *t)
{
  HASH_DEL(p->trials, t);
  free(t);
}

void pool_forget(struct pool *p, const char *file)
{
  struct trial *t;
  HASH_FIND_STR(p->trials, file, t);
  if (t)
    forget_trial(p, t);
  for (size_t i = 0; i < p->count; i++) {
    struct held_version *v;
    HASH_FIND_STR(p->runners[i].versions, file, v);
    if (!v)
      continue;
    if (p->runners[i].process.pipe)
      linepipe_send(p->runners[i].process.pipe, message_write_drop(file));
    forget_version(&p->runners[i], v);
  }
}

/* ---- what comes back ---- */

static void take_result(struct pool *p, const struct message_result *m)
{
  struct ticket *t;
  HASH_FIND(hh, p->tickets, &m->id, sizeof m->id, t);
  if (t)
    end_ticket(p, t,
               &(struct outcome){ .status = m->status,
                                  .latency_ms = m->latency_ms,
                                  .error = m->error,
                                  .measures = m->measures,
                                  .answer = m->answer,
                                  .reached = m->reached,
                                  .unreached = m->unreached },
               m->late_us);
}

static void take_progress(struct pool *p, const json_t *json)
{
  struct ticket *t;
  uint64_t id = (uint64_t)json_int_of(json, "id", 0);
  HASH_FIND(hh, p->tickets, &id, sizeof id, t);
  if (t && t->deed_fn && t->on_progress)
    t->on_progress(t->arg, json_text_of(json, "text", ""));
}

/* Only the answer to a trial is of interest; a script that was good in one runner is good in the next. */
static void take_loaded(struct runner *r, const struct message_loaded *m)
{
  struct pool *p = r->pool;
  struct trial *t;
  HASH_FIND_STR(p->trials, m->file, t);
  if (!t || t->runner != r || strcmp(t->source->version, m->version) != 0)
    return;
  if (!m->error)
    set_version(r, m->file, m->version);
  forget_trial(p, t);
  p->on_loaded(p->arg, m);
}

static void on_line(void *owner, char *line, size_t len)
{
  struct runner *r = owner;
  struct message_result result;
  struct message_loaded loaded;
  struct err e;
  json_t *json = json_read(line, len, &e);
  const char *op = json_text_of(json, "op", "");
  bool ok = json != NULL;
  if (ok && strcmp(op, "result") == 0) {
    ok = message_read_result(json, &result, &e);
    if (ok)
      take_result(r->pool, &result);
  } else if (ok && strcmp(op, "loaded") == 0) {
    ok = message_read_loaded(json, &loaded, &e);
    if (ok)
      take_loaded(r, &loaded);
  } else if (ok && strcmp(op, "progress") == 0) {
    take_progress(r->pool, json);
  }
  if (!ok)
    log_error("runner_message", "pid=%d why=%s instead=ignored", r->process.process.pid, LOG_QUOTE(e.text));
  json_decref(json);
}

/* ---- when one dies and comes back ---- */

/* Runs and trials of a dead runner: the guilty one is told so, and the others of its file; everybody else's wait for the successor. */
static void on_died(void *owner, const struct runner_death *death)
{
  struct runner *r = owner;
  struct pool *p = r->pool;
  struct held_version *v, *next_version;
  HASH_ITER(hh, r->versions, v, next_version)
    forget_version(r, v);
  struct ticket *t, *next;
  HASH_ITER(hh, p->tickets, t, next) {
    if (t->runner != r)
      continue;
    if (death->guilty && strcmp(name_of(t), death->service) == 0 && strcmp(what_of(t), death->what) == 0)
      end_ticket(p, t, &(struct outcome){ .latency_ms = -1, .error = death->text, .ended_runner = true, .guilty = true }, 0);
    else if (death->guilty && t->service && t->service->file && strcmp(t->service->file, death->file) == 0)
      end_ticket(p, t, &(struct outcome){ .latency_ms = -1, .error = death->text, .ended_runner = true }, 0); /* its kin may do the same */
    else if (!t->service && t->sent)
      end_without_data(p, t, "its runner was lost while it was being done");
    else if (++t->attempts == ATTEMPTS)
      end_without_data(p, t, "its runner died several times while it was on its way");
  }
  struct trial *trial = NULL;
  if (death->guilty && !death->service[0])
    HASH_FIND_STR(p->trials, death->file, trial);
  if (trial && trial->runner == r) {
    struct message_loaded m = { .file = trial->source->file, .version = trial->source->version, .error = death->text };
    forget_trial(p, trial);
    p->on_loaded(p->arg, &m);
  }
}

/* It is up (again): what waits for it is sent. */
static void on_up(void *owner)
{
  struct runner *r = owner;
  struct ticket *t, *next_ticket;
  struct trial *trial, *next_trial;
  HASH_ITER(hh, r->pool->trials, trial, next_trial)
    if (trial->runner == r)
      send_source(r, trial->source);
  HASH_ITER(hh, r->pool->tickets, t, next_ticket)
    if (t->runner == r)
      send_ticket(r->pool, t);
}

/* ---- life ---- */

static void on_look(uv_timer_t *timer)
{
  struct pool *p = timer->data;
  for (size_t i = 0; i < p->count; i++)
    runner_process_look(&p->runners[i].process);
}

struct pool *pool_new(struct scheduler *s, const char *path, size_t n, const char *secrets, pool_loaded_fn on_loaded, void *arg)
{
  struct pool *p = mem_new(1, sizeof *p + n * sizeof p->runners[0]);
  p->scheduler = s;
  p->path = mem_copy_text(path);
  p->secrets = mem_copy_text(secrets);
  p->on_loaded = on_loaded;
  p->arg = arg;
  p->count = n;
  uv_timer_init(s->loop, &p->look_timer);
  p->look_timer.data = p;
  uv_timer_start(&p->look_timer, on_look, BEAT_EVERY_MS, BEAT_EVERY_MS);
  for (size_t i = 0; i < n; i++) {
    struct runner *r = &p->runners[i];
    r->pool = p;
    runner_process_start(&r->process, s->loop, p->path, p->secrets,
                         &(struct runner_events){ .up = on_up, .line = on_line, .died = on_died, .owner = r });
  }
  return p;
}

void pool_stop(struct pool *p)
{
  uv_close((uv_handle_t *)&p->look_timer, NULL);
  for (size_t i = 0; i < p->count; i++)
    runner_process_stop(&p->runners[i].process);
}

void pool_free(struct pool *p)
{
  if (!p)
    return;
  struct ticket *t, *next_ticket;
  struct trial *trial, *next_trial;
  HASH_ITER(hh, p->tickets, t, next_ticket) {
    HASH_DEL(p->tickets, t);
    free_ticket(t);
  }
  HASH_ITER(hh, p->trials, trial, next_trial)
    forget_trial(p, trial);
  for (size_t i = 0; i < p->count; i++) {
    struct held_version *v, *next;
    HASH_ITER(hh, p->runners[i].versions, v, next)
      forget_version(&p->runners[i], v);
    runner_process_done(&p->runners[i].process);
  }
  free(p->path);
  free(p->secrets);
  free(p);
}

bool pool_runner(const struct pool *p, size_t i, struct runner_state *state)
{
  if (i >= p->count)
    return false;
  const struct runner *r = &p->runners[i];
  *state = (struct runner_state){ .pid = r->process.pipe ? r->process.process.pid : 0, .runs = r->runs, .restarts = r->process.restarts };
  return true;
}
