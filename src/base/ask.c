#include "base/ask.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

struct ask {
  char *path;
  int fd;   /* -1: not connected */
  int late; /* the connection whose answer did not come in time, -1: none */
};

struct ask *ask_new(const char *socket_path)
{
  struct ask *a = MEM_NEW(struct ask);
  a->path = mem_copy_text(socket_path);
  a->fd = a->late = -1;
  return a;
}

static void close_if_open(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static void disconnect(struct ask *a)
{
  close_if_open(&a->fd);
}

void ask_free(struct ask *a)
{
  if (!a)
    return;
  disconnect(a);
  close_if_open(&a->late);
  free(a->path);
  free(a);
}

/* Never waits: a unix socket accepts at once, or its queue is full, which is silence as well. */
static bool connect_now(struct ask *a, struct err *e)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen(a->path) >= sizeof address.sun_path)
    return err_set(e, "%s: a socket's path has at most %zu bytes", a->path, sizeof address.sun_path - 1);
  memcpy(address.sun_path, a->path, strlen(a->path));
  a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (a->fd >= 0 && connect(a->fd, (struct sockaddr *)&address, sizeof address) == 0)
    return true;
  int failure = errno;
  disconnect(a);
  if (failure == ENOENT || failure == ECONNREFUSED)
    return err_set(e, "the scheduler is not running (nobody listens at %s)", a->path);
  return err_set(e, "the scheduler's socket %s: %s", a->path, strerror(failure));
}

static bool wait_for(const struct ask *a, short events, int64_t deadline_ms, struct err *e)
{
  for (;;) {
    int64_t left = deadline_ms - clock_mono_ms();
    struct pollfd p = { .fd = a->fd, .events = events };
    int n = left > 0 ? poll(&p, 1, (int)left) : 0;
    if (n > 0)
      return true;
    if (n == 0)
      return err_set(e, "the scheduler does not answer in time");
    if (errno != EINTR)
      return err_set(e, "the scheduler's socket: %s", strerror(errno));
  }
}

/* A late answer must not be taken for that of the next question; that it comes is of interest all the same. */
static void set_aside(struct ask *a)
{
  close_if_open(&a->late);
  a->late = a->fd;
  a->fd = -1;
}

bool ask_is_heard(struct ask *a)
{
  struct pollfd p = { .fd = a->late, .events = POLLIN };
  if (a->late < 0 || poll(&p, 1, 0) <= 0)
    return false;
  close_if_open(&a->late);
  return true;
}

static bool send_all(const struct ask *a, const char *bytes, size_t len, int64_t deadline_ms, bool *gone, struct err *e)
{
  while (len) {
    ssize_t n = send(a->fd, bytes, len, MSG_NOSIGNAL);
    if (n >= 0) {
      bytes += n;
      len -= (size_t)n;
    } else if (errno == EAGAIN) {
      if (!wait_for(a, POLLOUT, deadline_ms, e))
        return false;
    } else if (errno != EINTR) {
      *gone = true;
      return err_set(e, "the scheduler's socket: %s", strerror(errno));
    }
  }
  return true;
}

static bool receive_line(const struct ask *a, struct buf *line, int64_t deadline_ms, bool *gone, struct err *e)
{
  char chunk[65536];
  for (;;) {
    if (!wait_for(a, POLLIN, deadline_ms, e))
      return false;
    ssize_t n = recv(a->fd, chunk, sizeof chunk, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      continue;
    if (n <= 0) {
      *gone = true;
      return err_set(e, "the scheduler closed the connection");
    }
    if (!buf_add(line, chunk, (size_t)n))
      return err_set(e, "the scheduler's answer is longer than %zu bytes", ASK_ANSWER_CAP);
    if (chunk[n - 1] == '\n')
      return true;
  }
}

/* One question on the present connection. *gone: the other side had closed it, another connection may do better. */
static char *exchange(struct ask *a, const char *request, int64_t deadline_ms, bool *gone, struct err *e)
{
  struct buf line;
  buf_init(&line, ASK_ANSWER_CAP);
  *gone = false;
  if (send_all(a, request, strlen(request), deadline_ms, gone, e) && send_all(a, "\n", 1, deadline_ms, gone, e) &&
      receive_line(a, &line, deadline_ms, gone, e))
    return buf_take(&line);
  buf_done(&line);
  return NULL;
}

char *ask_line(struct ask *a, const json_t *request, int64_t timeout_ms, struct err *e)
{
  int64_t deadline_ms = clock_mono_ms() + timeout_ms;
  char *text = json_line(request), *line = NULL;
  bool kept = a->fd >= 0, gone = false;
  if (kept || connect_now(a, e))
    line = exchange(a, text, deadline_ms, &gone, e);
  if (kept && gone) {
    disconnect(a);
    if (connect_now(a, e))
      line = exchange(a, text, deadline_ms, &gone, e);
  }
  free(text);
  if (line)
    close_if_open(&a->late);
  else
    set_aside(a);
  return line;
}

enum ask_outcome ask(struct ask *a, const json_t *request, int64_t timeout_ms, json_t **answer, struct err *e)
{
  char *line = ask_line(a, request, timeout_ms, e);
  *answer = line ? json_read(line, strlen(line), e) : NULL;
  free(line);
  if (!*answer) {
    disconnect(a);
    return ASK_SILENT;
  }
  if (json_bool_of(*answer, "ok", false))
    return ASK_ANSWERED;
  err_set(e, "%s", json_text_of(*answer, "error", "the scheduler refused without a reason"));
  return ASK_REFUSED;
}

json_t *ask_request(const char *op, const char *service)
{
  json_t *request = json_object();
  json_set_text(request, "op", op);
  if (service)
    json_set_text(request, "service", service);
  return request;
}
