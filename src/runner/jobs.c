#include "runner/jobs.h"

#include <uthash.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/message.h"
#include "loop/linepipe.h"
#include "modules/modules.h"
#include "script/run.h"

/* A script by its file's name. A version that fails to build leaves the one before in its place. */
struct loaded {
  char *file;
  struct script *script;
  struct later *first, **last; /* runs that are to begin when the file has CPU time again, in order */
  UT_hash_handle hh;
};

struct later {
  struct later *next;
  json_t *message;
};

struct jobs {
  struct script_env *env;
  struct linepipe *scheduler;
  struct loaded *scripts;
  struct job *running;
  uv_timer_t later_timer;
};

/** So often does a run say what it is at. */
#define PROGRESS_MOST 1000

/* One run on its way. */
struct job {
  struct job *next, **link;
  struct jobs *jobs;
  uint64_t id;
  int64_t late_us;
  unsigned told; /* of its progress */
};

static void tell_progress(void *arg, const char *text)
{
  struct job *job = arg;
  if (++job->told <= PROGRESS_MOST)
    linepipe_send(job->jobs->scheduler, message_write_progress(job->id, text));
}

struct jobs *jobs_new(struct script_env *env)
{
  struct jobs *j = MEM_NEW(struct jobs);
  j->env = env;
  env->on_progress = tell_progress;
  uv_timer_init(env->loop, &j->later_timer);
  j->later_timer.data = j;
  return j;
}

void jobs_connect(struct jobs *j, struct linepipe *scheduler)
{
  j->scheduler = scheduler;
}

static struct loaded *find(struct jobs *j, const char *file)
{
  struct loaded *l;
  HASH_FIND_STR(j->scripts, file, l);
  return l;
}

static json_t *take_later(struct loaded *l)
{
  struct later *later = l->first;
  json_t *message = later->message;
  l->first = later->next;
  if (!l->first)
    l->last = &l->first;
  free(later);
  return message;
}

static void put(struct jobs *j, const char *file, struct script *script)
{
  struct loaded *l = find(j, file);
  if (!l) {
    l = MEM_NEW(struct loaded);
    l->file = mem_copy_text(file);
    l->last = &l->first;
    HASH_ADD_KEYPTR(hh, j->scripts, l->file, strlen(l->file), l);
  }
  script_let_go(l->script);
  l->script = script;
}

static void load_settings(struct jobs *j, const struct message_load *m)
{
  struct err e;
  json_t *settings = script_read_settings(j->env, m->source, &e);
  struct message_loaded answer = { .file = m->file, .version = m->version, .error = settings ? NULL : e.text, .settings = settings };
  linepipe_send(j->scheduler, message_write_loaded(&answer));
  json_decref(settings);
}

static void load_script(struct jobs *j, const struct message_load *m)
{
  struct err e;
  struct script *script = script_load(j->env, modules_open, m->file, m->source, m->settings, &e);
  json_t *items[ITEM_KINDS] = { NULL };
  struct message_loaded answer = { .file = m->file, .version = m->version, .error = script ? NULL : e.text };
  for (enum item_kind kind = 0; script && kind < ITEM_KINDS; kind++)
    answer.items[kind] = items[kind] = script_declarations(script, kind);
  linepipe_send(j->scheduler, message_write_loaded(&answer));
  for (size_t i = 0; i < ITEM_KINDS; i++)
    json_decref(items[i]);
  if (!script)
    return;
  script_slim(script);
  put(j, m->file, script);
}

static void answer(struct jobs *j, uint64_t id, int64_t late_us, const struct run_outcome *outcome)
{
  struct message_result result = {
    .id = id,
    .status = outcome->status,
    .latency_ms = outcome->latency_ms,
    .error = outcome->error,
    .measures = outcome->measures,
    .late_us = late_us,
    .answer = outcome->answer ? outcome->answer : outcome->trace,
    .reached = outcome->reached,
    .unreached = outcome->unreached,
  };
  linepipe_send(j->scheduler, message_write_result(&result));
}

/* The file is gone. Who waits for its runs is told so. */
static void forget(struct jobs *j, struct loaded *l)
{
  HASH_DEL(j->scripts, l);
  while (l->first) {
    json_t *message = take_later(l);
    answer(j, (uint64_t)json_int_of(message, "id", 0), 0, &(struct run_outcome){ .error = "its script is gone", .latency_ms = -1 });
    json_decref(message);
  }
  script_let_go(l->script);
  free(l->file);
  free(l);
}

static struct job *job_new(struct jobs *j, uint64_t id, int64_t late_us)
{
  struct job *job = MEM_NEW(struct job);
  *job = (struct job){ .next = j->running, .link = &j->running, .jobs = j, .id = id, .late_us = late_us };
  if (j->running)
    j->running->link = &job->next;
  j->running = job;
  return job;
}

static void job_free(struct job *job)
{
  *job->link = job->next;
  if (job->next)
    job->next->link = job->link;
  free(job);
}

static void run_done(void *arg, const struct run_outcome *outcome)
{
  struct job *job = arg;
  answer(job->jobs, job->id, job->late_us, outcome);
  job_free(job);
}

static void start_run(struct jobs *j, const struct message_run *m)
{
  struct loaded *l = find(j, m->file);
  struct script_target target;
  int64_t late_us = clock_mono_us() - m->due_us;
  if (!l || !script_find_target(l->script, m->kind, m->service, &target)) {
    answer(j, m->id, late_us, &(struct run_outcome){ .error = "the runner does not hold this script", .latency_ms = -1 });
    return;
  }
  struct job *job = job_new(j, m->id, late_us);
  if (m->kind == ITEM_SERVICE && strcmp(m->what, MESSAGE_PROBE) == 0)
    run_start(l->script, script_find(l->script, m->service), m->timeout_ms, run_done, job);
  else if (m->kind == ITEM_SERVICE && strcmp(m->what, "trace") == 0)
    run_start_traced(l->script, script_find(l->script, m->service), m->timeout_ms, run_done, job);
  else
    run_deed(l->script, &target, m->what, m->argument, m->timeout_ms, run_done, job);
}

/* ---- runs that are held back, see run_wait_ms ---- */

static void on_later(uv_timer_t *timer);

static void arm_later(struct jobs *j, const struct loaded *l)
{
  if (!uv_is_active((uv_handle_t *)&j->later_timer))
    uv_timer_start(&j->later_timer, on_later, (uint64_t)run_wait_ms(l->script) + 1, 0);
}

static void on_later(uv_timer_t *timer)
{
  struct jobs *j = timer->data;
  for (struct loaded *l = j->scripts; l; l = l->hh.next) {
    while (l->first && !run_wait_ms(l->script)) {
      json_t *message = take_later(l);
      struct message_run m;
      struct err e;
      if (message_read_run(message, &m, &e)) /* it was understood before */
        start_run(j, &m);
      json_decref(message);
    }
    if (l->first)
      arm_later(j, l);
  }
}

static bool start_or_hold(struct jobs *j, const json_t *json, struct err *e)
{
  struct message_run m;
  if (!message_read_run(json, &m, e))
    return false;
  struct loaded *l = find(j, m.file);
  /* What a person asked for does not wait. */
  if (!l || strcmp(m.what, MESSAGE_PROBE) != 0 || (!l->first && !run_wait_ms(l->script))) {
    start_run(j, &m);
    return true;
  }
  struct later *later = MEM_NEW(struct later);
  later->message = json_incref((json_t *)(uintptr_t)json);
  *l->last = later;
  l->last = &later->next;
  arm_later(j, l);
  return true;
}

static bool handle(struct jobs *j, const json_t *json, struct err *e)
{
  const char *op = json_text_of(json, "op", "");
  if (strcmp(op, "run") == 0) {
    return start_or_hold(j, json, e);
  } else if (strcmp(op, "load") == 0) {
    struct message_load m;
    if (!message_read_load(json, &m, e))
      return false;
    if (strcmp(m.file, MESSAGE_SETTINGS_FILE) == 0)
      load_settings(j, &m);
    else
      load_script(j, &m);
  } else if (strcmp(op, "drop") == 0) {
    struct loaded *l = find(j, json_text_of(json, "file", ""));
    if (l)
      forget(j, l);
  } else {
    return err_set(e, "no operation \"%s\"", op);
  }
  return true;
}

void jobs_line(struct jobs *j, const char *line, size_t len)
{
  struct err e;
  json_t *json = json_read(line, len, &e);
  if (!json || !handle(j, json, &e))
    log_error("runner_message", "why=%s", LOG_QUOTE(e.text));
  json_decref(json);
}

static void free_jobs(uv_handle_t *timer)
{
  free(timer->data);
}

void jobs_free(struct jobs *j)
{
  run_cancel_all();
  while (j->running)
    job_free(j->running);
  struct loaded *l, *next;
  HASH_ITER(hh, j->scripts, l, next)
    forget(j, l);
  uv_close((uv_handle_t *)&j->later_timer, free_jobs);
}
