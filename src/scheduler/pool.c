#include "scheduler/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/beat.h"
#include "core/declaration.h"
#include "loop/linepipe.h"
#include "scheduler/files.h"
#include "scheduler/outcome.h"

/** A runner gets this long from its start to its first sign of life, milliseconds (the sanitizers' start-up is slow). */
#define START_MS 10000
/** A runner that died young is replaced after this delay, doubled each time, milliseconds. */
#define RESTART_MS 50
#define RESTART_MOST_MS 5000
/** At the end a runner has this long to end by itself, milliseconds. */
#define STOP_MS 2000
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
  struct service *service;
  struct runner *runner;
  int64_t due_us;
  unsigned attempts;
  pool_outcome_fn fn;
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
  uv_process_t process;
  uv_timer_t restart_timer;
  struct linepipe *pipe; /* NULL: not running */
  struct beat *page;
  struct held_version *versions;
  uint64_t alive;   /* of the page, when last looked at */
  int64_t alive_ms; /* when it last changed */
  int64_t started_ms;
  unsigned restarts;
  int64_t delay_ms; /* before the next restart */
  bool stalled;     /* killed for it */
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
  bool stopping;
  size_t count;
  struct runner runners[];
};

static void start(struct runner *r);

/* ---- what is sent ---- */

static void send_source(struct runner *r, const struct script_source *source)
{
  linepipe_send(r->pipe, message_write_load(&(struct message_load){
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

static void end_ticket(struct pool *p, struct ticket *t, const struct outcome *o, int64_t late_us)
{
  HASH_DEL(p->tickets, t);
  if (t->runner)
    t->runner->runs--;
  t->fn(t->arg, t->service, o, late_us);
  free(t);
}

static void end_without_data(struct pool *p, struct ticket *t, const char *why)
{
  end_ticket(p, t, &(struct outcome){ .latency_ms = -1, .error = why }, 0);
}

static void send_ticket(struct pool *p, struct ticket *t)
{
  struct runner *r = t->runner;
  const struct script_source *source = t->service->declaration ? files_in_use(p->scheduler->files, t->service->file) : NULL;
  if (!source) {
    end_without_data(p, t, "its script is gone");
    return;
  }
  need_version(r, source);
  linepipe_send(r->pipe, message_write_run(&(struct message_run){ .id = t->id,
                                                                  .file = t->service->file,
                                                                  .service = t->service->name,
                                                                  .timeout_ms = t->service->declaration->timeout_ms,
                                                                  .due_us = t->due_us }));
}

/* One service stays with one runner: connections kept alive are found again. */
static struct runner *runner_for(struct pool *p, const char *name)
{
  unsigned hash;
  HASH_JEN(name, strlen(name), hash);
  return &p->runners[hash % p->count];
}

void pool_run(struct pool *p, struct service *service, int64_t due_us, pool_outcome_fn fn, void *arg)
{
  struct ticket *t = MEM_NEW(struct ticket);
  *t = (struct ticket){ .id = ++p->last_id, .service = service, .due_us = due_us, .fn = fn, .arg = arg };
  t->runner = runner_for(p, service->name);
  t->runner->runs++;
  HASH_ADD(hh, p->tickets, id, sizeof t->id, t);
  if (t->runner->pipe)
    send_ticket(p, t);
}

void pool_try(struct pool *p, const struct script_source *source)
{
  struct trial *t = MEM_NEW(struct trial);
  *t = (struct trial){ .source = source, .runner = runner_for(p, source->file) };
  HASH_ADD_KEYPTR(hh, p->trials, source->file, strlen(source->file), t);
  if (t->runner->pipe)
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
    if (p->runners[i].pipe)
      linepipe_send(p->runners[i].pipe, message_write_drop(file));
    forget_version(&p->runners[i], v);
  }
}

/* ---- what comes back ---- */

static void take_result(struct pool *p, const struct message_result *m)
{
  struct ticket *t;
  HASH_FIND(hh, p->tickets, &m->id, sizeof m->id, t);
  if (t)
    end_ticket(p, t, &(struct outcome){ .status = m->status, .latency_ms = m->latency_ms, .error = m->error, .measures = m->measures },
               m->late_us);
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

static void on_line(void *arg, char *line, size_t len)
{
  struct runner *r = arg;
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
  }
  if (!ok)
    log_error("runner_message", "pid=%d why=%s instead=ignored", r->process.pid, LOG_QUOTE(e.text));
  json_decref(json);
}

/* ---- when one dies ---- */

/* The runner ended its side; its exit follows. */
static void on_end(void *arg, const struct err *why)
{
  struct runner *r = arg;
  (void)why;
  uv_process_kill(&r->process, SIGKILL);
}

static void describe_death(const struct runner *r, int64_t code, int sig, char text[static 512])
{
  char how[128];
  if (r->stalled)
    snprintf(how, sizeof how, "did not come back within %d ms", BEAT_STALL_MS);
  else if (code == BEAT_STUCK_CODE)
    snprintf(how, sizeof how, "did not come back within %d ms of CPU time", BEAT_STUCK_MS);
  else if (sig)
    snprintf(how, sizeof how, "the runner was ended by signal %d (%s)", sig, strsignal(sig));
  else
    snprintf(how, sizeof how, "the runner ended with code %d", (int)code);
  snprintf(text, 512, "%s: %s while executing %s%s; the runner was replaced", r->page->file, how,
           r->page->service[0] ? "the service " : "the file", r->page->service);
}

/* Runs and trials of a dead runner: the guilty one is told so, the others wait for the successor. */
static void settle(struct runner *r, const char *guilty, const char *file, const char *death)
{
  struct pool *p = r->pool;
  struct ticket *t, *next;
  HASH_ITER(hh, p->tickets, t, next) {
    if (t->runner != r)
      continue;
    if (guilty && strcmp(t->service->name, guilty) == 0)
      end_ticket(p, t, &(struct outcome){ .latency_ms = -1, .error = death, .ended_runner = true }, 0);
    else if (++t->attempts == ATTEMPTS)
      end_without_data(p, t, "its runner died several times while it was on its way");
  }
  struct trial *trial = NULL;
  if (guilty && !*guilty)
    HASH_FIND_STR(p->trials, file, trial);
  if (trial && trial->runner == r) {
    struct message_loaded m = { .file = trial->source->file, .version = trial->source->version, .error = death };
    forget_trial(p, trial);
    p->on_loaded(p->arg, &m);
  }
}

static void on_restart(uv_timer_t *timer)
{
  start(timer->data);
}

static void on_process_exit(uv_process_t *process, int64_t code, int sig)
{
  struct runner *r = process->data;
  struct pool *p = r->pool;
  uv_close((uv_handle_t *)process, NULL);
  linepipe_close(r->pipe);
  r->pipe = NULL;
  struct held_version *v, *next;
  HASH_ITER(hh, r->versions, v, next)
    forget_version(r, v);
  if (p->stopping) {
    uv_close((uv_handle_t *)&r->restart_timer, NULL);
    return;
  }
  char death[512] = "";
  bool guilty = atomic_load(&r->page->executing);
  if (guilty)
    describe_death(r, code, sig, death);
  log_warn("runner_died", "code=%d signal=%d stalled=%d service=%s runs=%zu instead=replaced", (int)code, sig, r->stalled,
           guilty ? r->page->service : "", r->runs);
  char service[sizeof r->page->service], file[sizeof r->page->file];
  snprintf(service, sizeof service, "%s", r->page->service);
  snprintf(file, sizeof file, "%s", r->page->file);
  r->restarts++;
  bool young = clock_mono_ms() - r->started_ms < START_MS;
  r->delay_ms = !young || guilty ? 0 : r->delay_ms ? r->delay_ms * 2 : RESTART_MS;
  if (r->delay_ms > RESTART_MOST_MS)
    r->delay_ms = RESTART_MOST_MS;
  uv_timer_start(&r->restart_timer, on_restart, (uint64_t)r->delay_ms, 0);
  settle(r, guilty ? service : NULL, file, death);
}

/* ---- life ---- */

static bool spawn(struct runner *r, int socket, struct err *e)
{
  struct pool *p = r->pool;
  int page = memfd_create("signalbox-beat", MFD_CLOEXEC);
  if (page < 0 || ftruncate(page, BEAT_SIZE) != 0)
    return err_set(e, "no shared memory: %s", strerror(errno));
  if (r->page)
    munmap(r->page, BEAT_SIZE);
  r->page = mmap(NULL, BEAT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
  char *args[] = { p->path, p->secrets ? (char[]){ "--secrets" } : NULL, p->secrets, NULL };
  uv_stdio_container_t stdio[BEAT_FD + 1] = {
    { .flags = UV_INHERIT_FD, .data.fd = socket },
    { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO }, /* stdout is nobody's */
    { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
    [BEAT_FD] = { .flags = UV_INHERIT_FD, .data.fd = page },
  };
  uv_process_options_t options = {
    .file = p->path, .args = args, .exit_cb = on_process_exit, .stdio = stdio, .stdio_count = ARRAY_LEN(stdio)
  };
  r->process.data = r;
  int failure = uv_spawn(p->scheduler->loop, &r->process, &options);
  close(page);
  return failure == 0 || err_set(e, "%s: %s", p->path, uv_strerror(failure));
}

static void resend(struct runner *r)
{
  struct ticket *t, *next_ticket;
  struct trial *trial, *next_trial;
  HASH_ITER(hh, r->pool->trials, trial, next_trial)
    if (trial->runner == r)
      send_source(r, trial->source);
  HASH_ITER(hh, r->pool->tickets, t, next_ticket)
    if (t->runner == r)
      send_ticket(r->pool, t);
}

static void start(struct runner *r)
{
  uv_os_sock_t pair[2];
  struct err e;
  r->stalled = false;
  r->alive = 0;
  r->started_ms = r->alive_ms = clock_mono_ms();
  int failure = uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, 0);
  bool ok = failure == 0 || err_set(&e, "no socket pair: %s", uv_strerror(failure));
  if (ok) {
    ok = spawn(r, pair[1], &e);
    close(pair[1]);
    if (!ok)
      close(pair[0]);
  }
  if (ok) {
    r->pipe = linepipe_open(r->pool->scheduler->loop, pair[0], MESSAGE_LINE_CAP, on_line, on_end, r, &e);
    ok = r->pipe != NULL;
    if (!ok)
      uv_process_kill(&r->process, SIGKILL);
  }
  if (!ok) {
    log_error("runner_start", "why=%s instead=tried_again_in_5_s", LOG_QUOTE(e.text));
    uv_timer_start(&r->restart_timer, on_restart, RESTART_MOST_MS, 0);
    return;
  }
  log_info("runner_started", "pid=%d", r->process.pid);
  resend(r);
}

static void on_look(uv_timer_t *timer)
{
  struct pool *p = timer->data;
  int64_t now_ms = clock_mono_ms();
  for (size_t i = 0; i < p->count; i++) {
    struct runner *r = &p->runners[i];
    if (!r->pipe)
      continue;
    uint64_t alive = atomic_load_explicit(&r->page->alive, memory_order_relaxed);
    if (alive != r->alive) {
      r->alive = alive;
      r->alive_ms = now_ms;
    } else if (!r->stalled && now_ms - r->alive_ms > (alive ? BEAT_STALL_MS : START_MS)) {
      r->stalled = true;
      uv_process_kill(&r->process, SIGKILL);
    }
  }
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
    p->runners[i].pool = p;
    uv_timer_init(s->loop, &p->runners[i].restart_timer);
    p->runners[i].restart_timer.data = &p->runners[i];
    start(&p->runners[i]);
  }
  return p;
}

static void on_kill(uv_timer_t *timer)
{
  struct runner *r = timer->data;
  uv_process_kill(&r->process, SIGKILL);
}

void pool_stop(struct pool *p)
{
  p->stopping = true;
  uv_close((uv_handle_t *)&p->look_timer, NULL);
  for (size_t i = 0; i < p->count; i++) {
    struct runner *r = &p->runners[i];
    uv_timer_stop(&r->restart_timer);
    if (r->pipe)
      uv_timer_start(&r->restart_timer, on_kill, STOP_MS, 0);
    else
      uv_close((uv_handle_t *)&r->restart_timer, NULL);
    linepipe_close(r->pipe); /* a runner whose scheduler has gone ends by itself */
    r->pipe = NULL;
  }
}

void pool_free(struct pool *p)
{
  if (!p)
    return;
  struct ticket *t, *next_ticket;
  struct trial *trial, *next_trial;
  HASH_ITER(hh, p->tickets, t, next_ticket) {
    HASH_DEL(p->tickets, t);
    free(t);
  }
  HASH_ITER(hh, p->trials, trial, next_trial)
    forget_trial(p, trial);
  for (size_t i = 0; i < p->count; i++)
    munmap(p->runners[i].page, BEAT_SIZE);
  free(p->path);
  free(p->secrets);
  free(p);
}

bool pool_runner(const struct pool *p, size_t i, struct runner_state *state)
{
  if (i >= p->count)
    return false;
  const struct runner *r = &p->runners[i];
  *state = (struct runner_state){ .pid = r->pipe ? r->process.pid : 0, .runs = r->runs, .restarts = r->restarts };
  return true;
}
