#include "cli/workbench.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/beat.h"
#include "core/message.h"
#include "loop/mount.h"
#include "loop/multi.h"
#include "loop/resolve.h"
#include "loop/transfer.h"
#include "modules/modules.h"
#include "script/watchdog.h"

/* Nobody looks from outside, but a script that is stuck is named. */
static struct beat page;

bool workbench_init(struct workbench *w, const char *secrets, struct err *e)
{
  *w = (struct workbench){ .policy = policy_default() };
  signal(SIGPIPE, SIG_IGN); /* as the runner does: who writes to a closed connection is told so */
  uv_loop_init(&w->loop);
  w->env.loop = &w->loop;
  w->env.secrets_dir = secrets;
  w->env.resolver = resolver_new(&w->loop, e);
  w->env.multis = w->env.resolver ? multis_new(&w->loop, e) : NULL;
  if (!w->env.multis)
    return false;
  w->env.transfers = transfers_new(w->env.multis, w->env.resolver);
  return watchdog_start(&page, e);
}

void workbench_done(struct workbench *w)
{
  watchdog_stop();
  mount_stop_all();
  transfers_free(w->env.transfers);
  multis_free(w->env.multis);
  resolver_free(w->env.resolver);
  json_decref(w->settings);
  uv_run(&w->loop, UV_RUN_DEFAULT);
  uv_loop_close(&w->loop);
}

char *workbench_dir_of(const char *path)
{
  static const char channels[] = "/" MESSAGE_CHANNELS_FOLDER;
  const char *slash = strrchr(path, '/');
  if (!slash)
    return mem_copy_text(".");
  size_t n = (size_t)(slash - path), skip = sizeof channels - 1;
  if (n > skip && strncmp(path + n - skip, channels, skip) == 0)
    n -= skip;
  return mem_copy_bytes(path, n ? n : 1);
}

bool workbench_read_settings(struct workbench *w, const char *dir, struct err *e)
{
  char *path = mem_printf("%s/%s", dir, MESSAGE_SETTINGS_FILE);
  bool there = access(path, F_OK) == 0;
  char *source = there ? file_read(path, MESSAGE_SOURCE_CAP, NULL, e) : NULL;
  json_decref(w->settings);
  w->settings = source ? script_read_settings(&w->env, source, e) : NULL;
  bool ok = (!there || w->settings) && policy_read(w->settings, &w->policy, e);
  free(source);
  free(path);
  return ok;
}

struct script *workbench_build(struct workbench *w, const char *path, const char *source, struct err *e)
{
  const char *slash = strrchr(path, '/');
  return script_load(&w->env, modules_open, slash ? slash + 1 : path, source, w->settings, e);
}

struct script *workbench_load(struct workbench *w, const char *path, struct err *e)
{
  char *source = file_read(path, MESSAGE_SOURCE_CAP, NULL, e);
  struct script *script = source ? workbench_build(w, path, source, e) : NULL;
  free(source);
  return script;
}

struct waiting {
  struct verdict *verdict;
  bool done;
};

/* A copy with its keys in order: Lua's tables have none, and people compare two runs. */
static json_t *in_order(const json_t *value)
{
  char *text = value ? json_dumps(value, JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
  json_t *copy = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
  free(text);
  return copy;
}

static void on_done(void *arg, const struct run_outcome *o)
{
  struct waiting *w = arg;
  *w->verdict = (struct verdict){
    .status = o->status,
    .error = mem_copy_text(o->error),
    .measures = in_order(o->measures),
    .trace = o->trace ? json_deep_copy(o->trace) : NULL,
    .answer = in_order(o->answer),
    .latency_ms = o->latency_ms,
  };
  w->done = true;
}

static void wait_for(struct workbench *w, const struct waiting *waiting)
{
  while (!waiting->done)
    uv_run(&w->loop, UV_RUN_ONCE);
}

void workbench_run(struct workbench *w, struct script *script, struct script_service *service, struct verdict *v)
{
  struct waiting waiting = { .verdict = v };
  run_start(script, service, service->declaration->timeout_ms, on_done, &waiting);
  wait_for(w, &waiting);
}

void workbench_deed(struct workbench *w, struct script *script, enum item_kind kind, const char *name, const char *what,
                    const json_t *argument, int64_t timeout_ms, struct verdict *v)
{
  struct waiting waiting = { .verdict = v };
  struct script_target target;
  if (!script_find_target(script, kind, name, &target)) {
    *v = (struct verdict){ .error = mem_printf("there is no %s %s", item_kind_name(kind), name), .latency_ms = -1 };
    return;
  }
  run_deed(script, &target, what, argument, timeout_ms, on_done, &waiting);
  wait_for(w, &waiting);
}

void workbench_judge(struct script *script, struct script_service *service, const json_t *measures, struct verdict *v)
{
  struct waiting waiting = { .verdict = v };
  run_judge(script, service, measures, on_done, &waiting);
}

void workbench_verdict_done(struct verdict *v)
{
  free(v->error);
  json_decref(v->measures);
  json_decref(v->trace);
  json_decref(v->answer);
}
