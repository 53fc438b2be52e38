/* signalbox-runner: executes scripts for the scheduler that started it. Everything that touches the outside world happens here; it may
 * hang, leak or crash, and the scheduler replaces it. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "core/beat.h"
#include "core/message.h"
#include "loop/linepipe.h"
#include "loop/mount.h"
#include "loop/multi.h"
#include "loop/resolve.h"
#include "loop/transfer.h"
#include "runner/jobs.h"
#include "script/op.h"
#include "script/watchdog.h"

static uv_loop_t loop;
static uv_timer_t beat_timer;
static struct jobs *jobs;
static struct linepipe *scheduler;

static void on_beat(uv_timer_t *timer)
{
  (void)timer;
  watchdog_alive();
}

static void on_line(void *arg, char *line, size_t len)
{
  (void)arg;
  jobs_line(jobs, line, len);
}

/* The scheduler has gone: so does its runner. */
static void on_end(void *arg, const struct err *why)
{
  (void)arg;
  log_debug("runner_stops", "why=%s", LOG_QUOTE(why->text));
  uv_stop(&loop);
}

/* The page that the scheduler looks at; without one (started by hand) nobody looks. */
static struct beat *map_page(void)
{
  void *page = mmap(NULL, BEAT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, BEAT_FD, 0);
  return page == MAP_FAILED ? NULL : page;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
  (void)arg;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

/* A thousand checks on their way are a thousand sockets: as many as this process may have. */
static void raise_descriptor_limit(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

static bool run(struct script_env *env, struct err *e)
{
  env->loop = &loop;
  env->resolver = resolver_new(&loop, e);
  env->multis = env->resolver ? multis_new(&loop, e) : NULL;
  if (!env->multis)
    return false;
  env->transfers = transfers_new(env->multis, env->resolver);
  if (!watchdog_start(map_page(), e))
    return false;
  jobs = jobs_new(env);
  scheduler = linepipe_open(&loop, STDIN_FILENO, MESSAGE_LINE_CAP, on_line, on_end, NULL, e);
  if (!scheduler)
    return err_context(e, "standard input must be the scheduler's socket; this program is not started by hand");
  jobs_connect(jobs, scheduler);
  uv_timer_init(&loop, &beat_timer);
  uv_timer_start(&beat_timer, on_beat, 0, BEAT_EVERY_MS);
  uv_run(&loop, UV_RUN_DEFAULT);

  jobs_free(jobs);
  mount_stop_all();
  linepipe_close(scheduler);
  transfers_free(env->transfers);
  multis_free(env->multis);
  resolver_free(env->resolver);
  watchdog_stop();
  uv_close((uv_handle_t *)&beat_timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_walk(&loop, close_handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  return true;
}

int main(int argc, char **argv)
{
  struct script_env env = { 0 };
  struct err e;
  const struct option_row rows[] = {
    { "--secrets", NULL, "DIR", "files that secret \"name\" reads", &env.secrets_dir },
  };
  mem_keep_freed();
  if (!options_read(argc, argv, 1, "usage: signalbox-runner [options]   (started by signalbox-scheduler)", rows, ARRAY_LEN(rows), NULL,
                    &e)) {
    log_error("runner_options", "why=%s", LOG_QUOTE(e.text));
    return 2;
  }
  /* Whoever stops the scheduler by Ctrl-C has the runners stopped by it, in order. */
  signal(SIGINT, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  raise_descriptor_limit();
  uv_loop_init(&loop);
  bool ok = run(&env, &e);
  if (!ok)
    log_error("runner_start", "why=%s", LOG_QUOTE(e.text));
  if (ok && uv_loop_close(&loop) != 0)
    log_warn("runner_leaves_handles", "pid=%d", (int)getpid());
  return ok ? 0 : 1;
}
