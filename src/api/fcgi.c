#include "api/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "api/problem.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/** Longest that a connection may say nothing while a request is to come, or take nothing of an answer, seconds. nginx does neither. */
#define SILENCE_S 5

static volatile sig_atomic_t stopping;

static void on_stop(int number)
{
  (void)number;
  stopping = 1;
}

/* ---- a request in ---- */

/* nginx sends an absent header as "". */
static const char *param(const FCGX_Request *f, const char *name)
{
  const char *value = FCGX_GetParam(name, f->envp);
  return value && *value ? value : NULL;
}

static const char *or_empty(const char *text)
{
  return text ? text : "";
}

/* CONTENT_LENGTH is "" without a body. -1: no number. */
static int64_t content_length(const FCGX_Request *f)
{
  const char *text = param(f, "CONTENT_LENGTH");
  if (!text)
    return 0;
  char *end;
  errno = 0;
  long long n = strtoll(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno ? n : -1;
}

enum reading { READ_DONE, READ_REFUSED, READ_GONE };

/* The body into *body, to free(). When it is refused the response says so. */
static enum reading read_body(const FCGX_Request *f, char **body, size_t *len, struct response *r)
{
  int64_t n = content_length(f);
  if (n < 0) {
    problem_answer(r, PROBLEM_BAD_REQUEST, NULL, "The Content-Length is no number.");
    return READ_REFUSED;
  }
  if (n > (int64_t)REQUEST_BODY_CAP) {
    problem_answer(r, PROBLEM_TOO_LARGE, NULL, "A body has at most %zu KiB.", REQUEST_BODY_CAP / 1024);
    return READ_REFUSED;
  }
  *body = mem_new((size_t)n + 1, 1);
  *len = (size_t)n;
  return FCGX_GetStr(*body, (int)n, f->in) == (int)n ? READ_DONE : READ_GONE;
}

/* Everything but the body. *path is the storage of q->path, to free(). */
static void read_params(const FCGX_Request *f, struct request *q, char **path)
{
  const char *uri = or_empty(param(f, "REQUEST_URI"));
  size_t len = strcspn(uri, "?");
  *path = mem_copy_bytes(uri, len);
  *q = (struct request){
    .method = or_empty(param(f, "REQUEST_METHOD")),
    .path = *path,
    .query = uri[len] ? uri + len + 1 : "",
    .authorization = param(f, "HTTP_AUTHORIZATION"),
    .requested_with = param(f, "HTTP_X_REQUESTED_WITH"),
    .cookies = param(f, "HTTP_COOKIE"),
    .nginx_user = param(f, "SIGNALBOX_USER"),
    .nginx_role = param(f, "SIGNALBOX_ROLE"),
    .https = strcmp(or_empty(param(f, "HTTPS")), "on") == 0,
    .content_type = param(f, "CONTENT_TYPE"),
    .accept = param(f, "HTTP_ACCEPT"),
    .if_none_match = param(f, "HTTP_IF_NONE_MATCH"),
    .if_match = param(f, "HTTP_IF_MATCH"),
    .host = param(f, "HTTP_HOST"),
    .origin = param(f, "HTTP_ORIGIN"),
    .fetch_site = param(f, "HTTP_SEC_FETCH_SITE"),
    .remote_address = or_empty(param(f, "REMOTE_ADDR")),
    .body = "",
    .deadline_ms = clock_mono_ms() + REQUEST_TIME_MS,
  };
}

/* ---- a response out ---- */

/* A client that has gone makes every write fail: there is nobody to tell, so nobody is told. */
static void write_out(FCGX_Stream *out, const char *bytes, size_t len)
{
  if (len && FCGX_PutStr(bytes, (int)len, out) < 0)
    log_debug("client_gone", "bytes=%zu", len);
}

/* nginx passes the words on as they are, and puts none of its own there. */
static const char *reason(int status)
{
  static const struct {
    int status;
    const char *reason;
  } reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 409, "Conflict" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
  };
  for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
    if (reasons[i].status == status)
      return reasons[i].reason;
  return "";
}

static void send_response(const FCGX_Request *f, const struct request *q, const struct response *r)
{
  struct buf head;
  buf_init(&head, 8192);
  buf_printf(&head, "Status: %d %s\r\nCache-Control: %s\r\n", r->status, reason(r->status), r->cache_control);
  if (r->content_type)
    buf_printf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", r->content_type, r->body.len);
  buf_add(&head, buf_text(&r->headers), r->headers.len);
  buf_add_text(&head, "\r\n");
  write_out(f->out, head.data, head.len);
  if (strcmp(q->method, "HEAD") != 0)
    write_out(f->out, buf_text(&r->body), r->body.len);
  buf_done(&head);
}

static void serve_one(const FCGX_Request *f, fcgi_fn fn, void *arg)
{
  struct request q;
  struct response r;
  char *path, *body = NULL;
  int64_t began_us = clock_mono_us();
  read_params(f, &q, &path);
  response_init(&r);
  enum reading reading = read_body(f, &body, &q.body_len, &r);
  if (reading == READ_DONE) {
    q.body = body;
    fn(arg, &q, &r);
  }
  if (reading != READ_GONE)
    send_response(f, &q, &r);
  log_debug("request", "method=%s path=%s status=%d us=%" PRId64, LOG_QUOTE(q.method), LOG_QUOTE(q.path), r.status,
            clock_mono_us() - began_us);
  response_done(&r);
  free(body);
  free(path);
}

/* ---- the loop ---- */

/* Waits for somebody to connect; false when it is time to stop. */
static bool wait_for_connection(int listen_fd, const sigset_t *while_waiting)
{
  struct pollfd p = { .fd = listen_fd, .events = POLLIN };
  while (!stopping) {
    if (ppoll(&p, 1, NULL, while_waiting) > 0)
      return true;
  }
  return false;
}

/* One connection for libfcgi, which knows no time limit: whoever connects and then says nothing, or does not take his answer, would keep the worker for
 * ever. -1: another worker was quicker. */
static int accept_one(int listen_fd)
{
  static const struct timeval limit = { .tv_sec = SILENCE_S };
  int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  return fd;
}

void fcgi_serve(int listen_fd, fcgi_fn fn, void *arg)
{
  struct sigaction stop = { .sa_handler = on_stop };
  sigset_t while_waiting;
  FCGX_Request f;
  sigaction(SIGTERM, &stop, NULL);
  sigprocmask(SIG_SETMASK, NULL, &while_waiting);
  sigdelset(&while_waiting, SIGTERM);
  /* libfcgi gets its connections from us and accepts none itself: a connection that it gives up must not lead it to the next one. */
  if (FCGX_Init() != 0 || FCGX_InitRequest(&f, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
    log_error("fcgi_start", "why=%s", "\"libfcgi does not start\"");
    return;
  }
  while (wait_for_connection(listen_fd, &while_waiting)) {
    f.ipcFd = accept_one(listen_fd);
    f.keepConnection = 1; /* or FCGX_Accept_r begins by closing what it is given */
    if (f.ipcFd < 0 || FCGX_Accept_r(&f) != 0)
      continue;
    /* One request a connection, whatever the client wishes: a connection kept open would pin this worker to an idle client. */
    f.keepConnection = 0;
    serve_one(&f, fn, arg);
    FCGX_Finish_r(&f);
  }
  FCGX_Free(&f, 1);
}
