#include "scheduler/runner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/message.h"
#include "loop/child.h"
#include "loop/linepipe.h"

/** A runner gets this long from its start to its first sign of life, milliseconds (the sanitizers' start-up is slow). */
#define START_MS 10000
/** A runner that died young is replaced after this delay, doubled each time, milliseconds. */
#define RESTART_MS 50
#define RESTART_MOST_MS 5000
/** At the end a runner has this long to end by itself, milliseconds. */
#define STOP_MS 2000

static void start(struct runner_process *r);

/* The runner ended its side; its exit follows. */
static void on_end(void *arg, const struct err *why)
{
  struct runner_process *r = arg;
  (void)why;
  uv_process_kill(&r->process, SIGKILL);
}

static void on_line(void *arg, char *line, size_t len)
{
  struct runner_process *r = arg;
  r->events.line(r->events.owner, line, len);
}

static void describe_death(const struct runner_process *r, int64_t code, int sig, struct runner_death *d)
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
  snprintf(d->service, sizeof d->service, "%s", r->page->service);
  snprintf(d->what, sizeof d->what, "%s", r->page->what);
  snprintf(d->file, sizeof d->file, "%s", r->page->file);
  const char *what = !d->service[0] ? "the file" : strcmp(d->what, "probe") == 0 ? "the service " : d->what;
  const char *gap = what == d->what ? " of " : "";
  snprintf(d->text, sizeof d->text, "%s: %s while executing %s%s%s; the runner was replaced", d->file, how, what, gap, d->service);
}

static void on_restart(uv_timer_t *timer)
{
  start(timer->data);
}

static void on_process_exit(uv_process_t *process, int64_t code, int sig)
{
  struct runner_process *r = process->data;
  struct runner_death death = { .guilty = atomic_load(&r->page->executing) };
  uv_close((uv_handle_t *)process, NULL);
  child_disown(process->pid);
  child_end_strays(); /* the programs that its scripts were running */
  linepipe_close(r->pipe);
  r->pipe = NULL;
  if (r->stopping) {
    if (!uv_is_closing((uv_handle_t *)&r->timer))
      uv_close((uv_handle_t *)&r->timer, NULL);
    return;
  }
  if (death.guilty)
    describe_death(r, code, sig, &death);
  log_warn("runner_died", "code=%d signal=%d stalled=%d service=%s what=%s instead=replaced", (int)code, sig, r->stalled, death.service,
           death.what);
  r->restarts++;
  bool young = clock_mono_ms() - r->started_ms < START_MS;
  r->delay_ms = !young || death.guilty ? 0 : r->delay_ms ? r->delay_ms * 2 : RESTART_MS;
  if (r->delay_ms > RESTART_MOST_MS)
    r->delay_ms = RESTART_MOST_MS;
  uv_timer_start(&r->timer, on_restart, (uint64_t)r->delay_ms, 0);
  r->events.died(r->events.owner, &death);
}

static bool spawn(struct runner_process *r, int socket, struct err *e)
{
  int page = memfd_create("signalbox-beat", MFD_CLOEXEC);
  if (page < 0 || ftruncate(page, BEAT_SIZE) != 0)
    return err_set(e, "no shared memory: %s", strerror(errno));
  if (r->page)
    munmap(r->page, BEAT_SIZE);
  r->page = mmap(NULL, BEAT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
  char *args[] = { r->path, r->secrets ? (char[]){ "--secrets" } : NULL, r->secrets, NULL };
  uv_stdio_container_t stdio[BEAT_FD + 1] = {
    { .flags = UV_INHERIT_FD, .data.fd = socket },
    { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO }, /* stdout is nobody's */
    { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
    [BEAT_FD] = { .flags = UV_INHERIT_FD, .data.fd = page },
  };
  uv_process_options_t options = {
    .file = r->path, .args = args, .exit_cb = on_process_exit, .stdio = stdio, .stdio_count = ARRAY_LEN(stdio)
  };
  r->process.data = r;
  child_receive_strays();
  int failure = uv_spawn(r->loop, &r->process, &options);
  close(page);
  if (!failure)
    child_adopt(r->process.pid);
  return failure == 0 || err_set(e, "%s: %s", r->path, uv_strerror(failure));
}

static void start(struct runner_process *r)
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
    r->pipe = linepipe_open(r->loop, pair[0], MESSAGE_LINE_CAP, on_line, on_end, r, &e);
    ok = r->pipe != NULL;
    if (!ok)
      uv_process_kill(&r->process, SIGKILL);
  }
  if (!ok) {
    log_error("runner_start", "why=%s instead=tried_again_in_5_s", LOG_QUOTE(e.text));
    uv_timer_start(&r->timer, on_restart, RESTART_MOST_MS, 0);
    return;
  }
  log_info("runner_started", "pid=%d", r->process.pid);
  r->events.up(r->events.owner);
}

/* proc(5), stat, the third field: is it ready to run, only that the machine gives it no CPU? */
static bool is_starved(int pid)
{
  char path[64], line[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "re");
  bool read = file && fgets(line, sizeof line, file);
  if (file)
    fclose(file);
  const char *name_end = strrchr(line, ')');
  return read && name_end && name_end[1] == ' ' && name_end[2] == 'R';
}

void runner_process_look(struct runner_process *r)
{
  int64_t now_ms = clock_mono_ms();
  if (!r->pipe)
    return;
  uint64_t alive = atomic_load_explicit(&r->page->alive, memory_order_relaxed);
  if (alive != r->alive) {
    r->alive = alive;
    r->alive_ms = now_ms;
    return;
  }
  int64_t silent_ms = now_ms - r->alive_ms;
  if (r->stalled || silent_ms <= (alive ? BEAT_STALL_MS : START_MS))
    return;
  /* One that turns in circles ends itself by its own CPU clock; to kill one that is not let run would help nobody. */
  if (silent_ms > START_MS || !is_starved(r->process.pid)) {
    r->stalled = true;
    uv_process_kill(&r->process, SIGKILL);
  }
}

void runner_process_start(struct runner_process *r, uv_loop_t *loop, char *path, char *secrets, const struct runner_events *events)
{
  *r = (struct runner_process){ .loop = loop, .path = path, .secrets = secrets, .events = *events };
  uv_timer_init(loop, &r->timer);
  r->timer.data = r;
  start(r);
}

static void on_kill(uv_timer_t *timer)
{
  struct runner_process *r = timer->data;
  uv_process_kill(&r->process, SIGKILL);
}

void runner_process_stop(struct runner_process *r)
{
  r->stopping = true;
  uv_timer_stop(&r->timer);
  if (r->pipe)
    uv_timer_start(&r->timer, on_kill, STOP_MS, 0);
  else
    uv_close((uv_handle_t *)&r->timer, NULL);
  linepipe_close(r->pipe); /* a runner whose scheduler has gone ends by itself */
  r->pipe = NULL;
}

void runner_process_done(struct runner_process *r)
{
  if (r->page)
    munmap(r->page, BEAT_SIZE);
}
