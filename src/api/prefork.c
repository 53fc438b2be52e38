#include "api/prefork.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/** A worker that lived shorter than this is taken to have failed at once, milliseconds. */
#define SHORT_LIFE_MS 10000
/** Delay before such a worker is replaced: doubled each time, milliseconds. */
#define DELAY_FIRST_MS 100
#define DELAY_MOST_MS 10000
/** A worker that has been told to stop and is still there is killed, milliseconds. */
#define STOP_MS 10000
#define BACKLOG 1024

struct worker {
  pid_t pid;        /* 0: none */
  bool told_stop;   /* it leaves because we want it */
  bool outdated;    /* SIGHUP came: another one shall take its place */
  int64_t began_ms; /* when it was started */
  int64_t kill_ms;  /* told to stop: when patience ends */
  int64_t next_ms;  /* no pid: when it is to be started */
  int64_t delay_ms; /* of the last replacement */
};

struct prefork {
  int fd;
  prefork_fn fn;
  void *arg;
  pid_t parent;
  struct worker *workers;
  size_t count;
  bool stopping;
};

/* ---- the socket ---- */

static bool is_taken(const struct sockaddr_un *address)
{
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
  if (fd >= 0)
    close(fd);
  return taken;
}

/* Mode 0660: nginx is let in by its group, and the directory's mode is the lock. */
static int listen_at(const char *path, struct err *e)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(path) >= sizeof address.sun_path) {
    err_set(e, "socket %s: the path is longer than the system allows (%zu bytes); choose a shorter one", path, sizeof address.sun_path - 1);
    return -1;
  }
  memcpy(address.sun_path, path, strlen(path));
  if (is_taken(&address)) {
    err_set(e, "socket %s: another server is running there", path);
    return -1;
  }
  unlink(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t was = umask(0117);
  bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0;
  umask(was);
  if (ok)
    return fd;
  err_set(e, "socket %s: %s", path, strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

/* ---- workers ---- */

static _Noreturn void be_worker(struct prefork *p)
{
  /* No worker outlives its parent, however that ended. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != p->parent)
    exit(0);
  int fd = p->fd;
  prefork_fn fn = p->fn;
  void *arg = p->arg;
  free(p->workers);
  exit(fn(arg, fd));
}

static void start(struct prefork *p, struct worker *w, int64_t now_ms)
{
  pid_t pid = fork();
  if (pid == 0)
    be_worker(p);
  w->told_stop = w->outdated = false;
  w->began_ms = now_ms;
  if (pid > 0) {
    w->pid = pid;
    return;
  }
  w->next_ms = now_ms + DELAY_MOST_MS;
  log_error("worker_fork", "why=%s retry_ms=%d", LOG_QUOTE(strerror(errno)), DELAY_MOST_MS);
}

static void tell_stop(struct worker *w, int64_t now_ms)
{
  if (!w->pid || w->told_stop)
    return;
  w->told_stop = true;
  w->kill_ms = now_ms + STOP_MS;
  kill(w->pid, SIGTERM);
}

/* One has ended. When it was not asked to, another takes its place after a while. */
static void note_end(struct worker *w, int status, int64_t now_ms)
{
  w->pid = 0;
  if (w->told_stop) {
    w->delay_ms = 0;
    w->next_ms = now_ms;
    return;
  }
  bool brief = now_ms - w->began_ms < SHORT_LIFE_MS;
  w->delay_ms = !brief || !w->delay_ms ? DELAY_FIRST_MS : w->delay_ms * 2 < DELAY_MOST_MS ? w->delay_ms * 2 : DELAY_MOST_MS;
  w->next_ms = now_ms + w->delay_ms;
  log_error("worker_died", "signal=%d status=%d replaced_in_ms=%" PRId64, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            WIFEXITED(status) ? WEXITSTATUS(status) : 0, w->delay_ms);
}

static void reap(struct prefork *p, int64_t now_ms)
{
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    for (size_t i = 0; i < p->count; i++)
      if (p->workers[i].pid == pid)
        note_end(&p->workers[i], status, now_ms);
}

static void replace_next(struct prefork *p, int64_t now_ms)
{
  for (size_t i = 0; i < p->count; i++)
    if (p->workers[i].told_stop && p->workers[i].pid)
      return;
  for (size_t i = 0; i < p->count; i++) {
    if (p->workers[i].outdated && p->workers[i].pid) {
      tell_stop(&p->workers[i], now_ms);
      return;
    }
  }
}

/* Starts and kills what is due; the time until the next such moment, milliseconds. */
static int64_t keep(struct prefork *p, int64_t now_ms)
{
  int64_t next_ms = now_ms + 60000;
  for (size_t i = 0; i < p->count; i++) {
    struct worker *w = &p->workers[i];
    if (!w->pid && !p->stopping && w->next_ms <= now_ms)
      start(p, w, now_ms);
    if (w->pid && w->told_stop && w->kill_ms <= now_ms) {
      log_error("worker_killed", "pid=%d why=\"did not stop in time\"", (int)w->pid);
      kill(w->pid, SIGKILL);
      w->kill_ms = now_ms + STOP_MS;
    }
    int64_t due_ms = w->pid ? (w->told_stop ? w->kill_ms : INT64_MAX) : (p->stopping ? INT64_MAX : w->next_ms);
    next_ms = due_ms < next_ms ? due_ms : next_ms;
  }
  if (!p->stopping)
    replace_next(p, now_ms);
  return next_ms > now_ms ? next_ms - now_ms : 1;
}

static void take_signal(struct prefork *p, int number, int64_t now_ms)
{
  if (number == SIGHUP) {
    for (size_t i = 0; i < p->count; i++)
      p->workers[i].outdated = true;
  } else if (number == SIGTERM || number == SIGINT) {
    p->stopping = true;
    for (size_t i = 0; i < p->count; i++)
      tell_stop(&p->workers[i], now_ms);
  }
}

static bool any_left(const struct prefork *p)
{
  for (size_t i = 0; i < p->count; i++)
    if (p->workers[i].pid)
      return true;
  return false;
}

bool prefork_run(const char *socket_path, size_t workers, prefork_fn fn, void *arg, struct err *e)
{
  struct prefork p = { .fn = fn, .arg = arg, .parent = getpid(), .count = workers };
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
    sigaddset(&set, numbers[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  p.fd = listen_at(socket_path, e);
  if (p.fd < 0)
    return false;
  p.workers = mem_new(workers, sizeof *p.workers);
  while (!p.stopping || any_left(&p)) {
    int64_t wait_ms = keep(&p, clock_mono_ms());
    struct timespec wait = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };
    int number = sigtimedwait(&set, NULL, &wait);
    int64_t now_ms = clock_mono_ms();
    take_signal(&p, number, now_ms);
    reap(&p, now_ms);
  }
  close(p.fd);
  unlink(socket_path);
  free(p.workers);
  return true;
}
