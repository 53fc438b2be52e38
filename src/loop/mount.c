#include "loop/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "loop/child.h"
#include "loop/linepipe.h"
#include "loop/mount_helper.h"

#define LINE_CAP ((size_t)8 * 1024 * 1024)

struct mount_ask {
  struct mount_ask *next, **link; /* in its mount's queue; the first one is being asked */
  struct mount *mount;
  char *line;  /* NULL: sent */
  mount_fn fn; /* NULL: over, but its helper has not answered */
  void *arg;
  uv_timer_t timer;
  struct err early;
  bool has_early;
};

struct mount {
  struct mount *next;
  uv_loop_t *loop;
  char *point;
  int pid; /* 0: no helper */
  struct linepipe *pipe;
  struct mount_ask *queue;
  int64_t asked_ms; /* when the first one was sent, monotonic */
  bool hung;        /* the first one's time is over and it is still not answered */
};

static struct mount *mounts;

/* ---- which mount ---- */

/* \040 and the like, in place. */
static void unescape(char *text)
{
  char *out = text;
  for (const char *in = text; *in; out++) {
    unsigned code;
    if (*in == '\\' && sscanf(in + 1, "%3o", &code) == 1) {
      *out = (char)code;
      in += 4;
    } else {
      *out = *in++;
    }
  }
  *out = '\0';
}

static bool is_below(const char *path, const char *point)
{
  size_t n = strlen(point);
  return strcmp(point, "/") == 0 || (strncmp(path, point, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

/* The longest mount point that the path lies below (proc(5), mountinfo: the fifth field); to free(). */
static char *find_point(const char *path)
{
  char *best = mem_copy_text("/"), *line = NULL;
  size_t room = 0;
  FILE *info = fopen("/proc/self/mountinfo", "re");
  while (info && getline(&line, &room, info) > 0) {
    char point[4097];
    if (sscanf(line, "%*s %*s %*s %*s %4096s", point) != 1)
      continue;
    unescape(point);
    if (is_below(path, point) && strlen(point) >= strlen(best)) {
      free(best);
      best = mem_copy_text(point);
    }
  }
  if (info)
    fclose(info);
  free(line);
  return best;
}

static struct mount *mount_of(uv_loop_t *loop, const char *path)
{
  char *point = find_point(path);
  for (struct mount *m = mounts; m; m = m->next) {
    if (strcmp(m->point, point) == 0) {
      free(point);
      return m;
    }
  }
  struct mount *m = MEM_NEW(struct mount);
  *m = (struct mount){ .next = mounts, .loop = loop, .point = point };
  mounts = m;
  return m;
}

/* ---- an ask's end ---- */

static void free_ask(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct mount_ask, timer));
}

static void release(struct mount_ask *a)
{
  *a->link = a->next;
  if (a->next)
    a->next->link = a->link;
  free(a->line);
  uv_close((uv_handle_t *)&a->timer, free_ask);
}

static void tell(struct mount_ask *a, const json_t *answer, const struct err *why)
{
  mount_fn fn = a->fn;
  a->fn = NULL;
  if (fn)
    fn(a->arg, answer, why);
}

static void send_first(struct mount *m);

/* ---- the helper ---- */

static void drop_helper(struct mount *m)
{
  linepipe_close(m->pipe);
  m->pipe = NULL;
  child_disown(m->pid);
  kill(m->pid, SIGKILL);
  waitpid(m->pid, NULL, WNOHANG);
  m->pid = 0;
  m->hung = false;
}

static void on_line(void *arg, char *line, size_t len)
{
  struct mount *m = arg;
  struct mount_ask *a = m->queue;
  struct err e;
  json_t *answer = json_read(line, len, &e);
  const char *error = json_text_of(answer, "error", NULL);
  m->hung = false;
  if (error)
    err_set(&e, "%s", error);
  if (a && !a->line) {
    mount_fn fn = a->fn;
    void *fn_arg = a->arg;
    release(a);
    if (fn)
      fn(fn_arg, error ? NULL : answer, &e);
  }
  json_decref(answer);
  send_first(m);
}

static void on_end(void *arg, const struct err *why)
{
  struct mount *m = arg;
  struct mount_ask *a = m->queue;
  drop_helper(m);
  if (a && !a->line) {
    struct err e;
    err_set(&e, "%s: the helper that asks the file system has died: %s", m->point, why->text);
    mount_fn fn = a->fn;
    void *fn_arg = a->arg;
    release(a);
    if (fn)
      fn(fn_arg, NULL, &e);
  }
  send_first(m);
}

/* A fork, not an exec: the helper needs nothing but this code, and nothing else of this process: its descriptors are closed, lest the
 * scheduler's socket outlive its runner in it. */
static bool start_helper(struct mount *m, struct err *e)
{
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return err_set(e, "no socket pair: %s", strerror(errno));
  int parent = getpid();
  int pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(0);
    dup2(pair[1], 3);
    /* Nobody shall wait for the end of our output because a helper that hangs has it open too. */
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
      dup2(nothing, fd);
    close_range(4, ~0U, 0);
    mount_helper(3);
  }
  close(pair[1]);
  if (pid < 0) {
    close(pair[0]);
    return err_set(e, "no process: %s", strerror(errno));
  }
  m->pid = pid;
  child_adopt(pid);
  m->pipe = linepipe_open(m->loop, pair[0], LINE_CAP, on_line, on_end, m, e);
  if (!m->pipe)
    drop_helper(m);
  return m->pipe != NULL;
}

static void on_early(uv_timer_t *timer)
{
  struct mount_ask *a = timer->data;
  mount_fn fn = a->fn;
  void *arg = a->arg;
  struct err e = a->early;
  release(a);
  if (fn)
    fn(arg, NULL, &e);
}

static void fail_later(struct mount_ask *a)
{
  a->has_early = true;
  uv_timer_start(&a->timer, on_early, 0, 0);
}

static void describe_hang(const struct mount *m, struct err *e)
{
  err_set(e, "%s: the file system has not answered for %" PRId64 " s", m->point, (clock_mono_ms() - m->asked_ms + 500) / 1000);
}

/* The ask that a hung helper is at stays at the head of the queue, told but unanswered; those behind it are told at once. */
static void on_late(uv_timer_t *timer)
{
  struct mount_ask *a = timer->data, *next;
  struct mount *m = a->mount;
  struct err e;
  describe_hang(m, &e);
  if (a->line) { /* its time was over while it waited for its turn */
    m->hung = m->hung || (m->queue && !m->queue->line);
    on_early(timer);
    return;
  }
  m->hung = true;
  for (struct mount_ask *waiting = a->next; waiting; waiting = next) {
    next = waiting->next;
    waiting->early = e;
    fail_later(waiting);
  }
  tell(a, NULL, &e);
}

static void send_first(struct mount *m)
{
  struct mount_ask *a = m->queue;
  struct err e;
  if (!a || !a->line || m->hung || a->has_early)
    return;
  if (!m->pipe && !start_helper(m, &e)) {
    a->early = e;
    fail_later(a);
    return;
  }
  m->asked_ms = clock_mono_ms();
  linepipe_send(m->pipe, a->line);
  a->line = NULL;
}

struct mount_ask *mount_ask(uv_loop_t *loop, const char *op, const char *path, const char *after, int64_t cap, int64_t timeout_ms,
                            mount_fn fn, void *arg)
{
  struct mount *m = mount_of(loop, path);
  struct mount_ask *a = MEM_NEW(struct mount_ask), **link = &m->queue;
  json_t *request = json_object();
  json_set_text(request, "op", op);
  json_set_text(request, "path", path);
  json_set_int(request, "cap", cap);
  if (after)
    json_set_text(request, "after", after);
  while (*link)
    link = &(*link)->next;
  *a = (struct mount_ask){ .link = link, .mount = m, .fn = fn, .arg = arg, .line = json_line(request) };
  *link = a;
  json_decref(request);
  uv_timer_init(loop, &a->timer);
  a->timer.data = a;
  if (m->hung) {
    describe_hang(m, &a->early);
    fail_later(a);
    return a;
  }
  err_set(&a->early, "%s: the file system is still busy with an earlier question", m->point);
  uv_timer_start(&a->timer, on_late, (uint64_t)timeout_ms, 0);
  send_first(m);
  return a;
}

void mount_cancel(struct mount_ask *a)
{
  struct mount *m = a->mount;
  if (a->line) {
    release(a);
    return;
  }
  /* The helper is at it: it stays at the head until answered, and nobody is told. */
  a->fn = NULL;
  m->hung = true;
}

void mount_stop_all(void)
{
  while (mounts) {
    struct mount *m = mounts;
    mounts = m->next;
    while (m->queue)
      release(m->queue);
    if (m->pid)
      drop_helper(m);
    free(m->point);
    free(m);
  }
}
