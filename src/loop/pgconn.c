#include "loop/pgconn.h"

#include <libpq-fe.h>
#include <uthash.h>

#include "base/mem.h"
#include "loop/resolve.h"

/* A statement that this connection has prepared. */
struct prepared {
  char *name;
  UT_hash_handle hh;
};

/* The poll handle of one socket; libpq may change sockets while it connects, and a handle cannot. */
struct watch {
  uv_poll_t poll;
  int fd;
};

enum step { STEP_RESOLVE, STEP_CONNECT, STEP_IDLE, STEP_PREPARE, STEP_QUERY, STEP_BROKEN };

struct pgconn {
  uv_loop_t *loop;
  struct resolver *resolver;
  struct lookup *lookup;
  PQconninfoOption *options;
  char *hostaddr; /* NULL: libpq needs none */
  PGconn *pg;
  struct watch *watch;
  uv_timer_t timer; /* the deadline; at once when something failed before it began */
  enum step step;
  bool failed_early; /* fail_text is to be told by the timer */
  struct err fail_text;
  bool closed;

  pgconn_fn fn; /* of the command under way */
  void *arg;
  int64_t timeout_ms;
  PGresult *result; /* of the command under way: the first error, else the last */
  char *name;       /* a named statement that waits for its preparation */
  struct pgparam *params;
  size_t param_count;
  struct prepared *prepared;

  pgconn_notify_fn notify_fn;
  pgconn_lost_fn lost_fn;
  void *notify_arg;
};

static void on_ready(uv_poll_t *poll, int status, int events);

/* ---- telling ---- */

/* libpq's sentences end in newlines and hints; the first line says it. */
static void first_line(struct err *e, const char *text)
{
  int n = (int)strcspn(text, "\n");
  err_set(e, "%.*s", n, text);
}

static void forget_command(struct pgconn *c)
{
  uv_timer_stop(&c->timer);
  free(c->name);
  c->name = NULL;
  for (size_t i = 0; i < c->param_count; i++)
    free((char *)(uintptr_t)c->params[i].value);
  free(c->params);
  c->params = NULL;
  c->param_count = 0;
}

/* The command is over: tells its owner, who may close the connection or send the next. */
static void tell(struct pgconn *c, PGresult *result, const char *sqlstate, const struct err *why)
{
  pgconn_fn fn = c->fn;
  char state[6];
  snprintf(state, sizeof state, "%s", sqlstate ? sqlstate : "");
  c->fn = NULL;
  forget_command(c);
  if (fn)
    fn(c->arg, result, state, why);
  PQclear(result);
}

static void stop_watching(struct pgconn *c);

static void fail(struct pgconn *c, const char *text)
{
  struct err line;
  first_line(&line, text);
  pgconn_lost_fn lost = c->step == STEP_IDLE ? c->lost_fn : NULL;
  c->step = STEP_BROKEN;
  stop_watching(c);
  PQclear(c->result);
  c->result = NULL;
  if (lost)
    lost(c->notify_arg, &line);
  else
    tell(c, NULL, "", &line);
}

/* ---- watching the socket ---- */

static void free_watch(uv_handle_t *handle)
{
  free(handle->data);
}

static void stop_watching(struct pgconn *c)
{
  if (!c->watch)
    return;
  struct watch *w = c->watch;
  c->watch = NULL;
  uv_poll_stop(&w->poll);
  w->poll.data = w;
  uv_close((uv_handle_t *)&w->poll, free_watch);
}

static void watch(struct pgconn *c, int events)
{
  int fd = PQsocket(c->pg);
  if (c->watch && c->watch->fd != fd)
    stop_watching(c);
  if (!c->watch) {
    c->watch = MEM_NEW(struct watch);
    c->watch->fd = fd;
    uv_poll_init(c->loop, &c->watch->poll, fd);
    c->watch->poll.data = c;
  }
  uv_poll_start(&c->watch->poll, events, on_ready);
}

/* ---- commands ---- */

static void send_query(struct pgconn *c, const char *name, const char *sql)
{
  const char *values[64];
  int lengths[64], formats[64];
  Oid types[64];
  int n = (int)c->param_count, sent;
  for (int i = 0; i < n; i++) {
    values[i] = c->params[i].value;
    lengths[i] = c->params[i].length;
    formats[i] = c->params[i].format;
    types[i] = c->params[i].type;
  }
  struct prepared *known = NULL;
  if (name)
    HASH_FIND_STR(c->prepared, name, known);
  if (name && !known) {
    c->step = STEP_PREPARE;
    sent = PQsendPrepare(c->pg, name, sql, n, types);
  } else {
    c->step = STEP_QUERY;
    if (name)
      sent = PQsendQueryPrepared(c->pg, name, n, values, lengths, formats, 0);
    else if (n)
      sent = PQsendQueryParams(c->pg, sql, n, types, values, lengths, formats, 0);
    else
      sent = PQsendQuery(c->pg, sql);
  }
  if (!sent) {
    c->failed_early = true;
    first_line(&c->fail_text, PQerrorMessage(c->pg));
    uv_timer_stop(&c->timer);
    uv_timer_start(&c->timer, c->timer.timer_cb, 0, 0);
    return;
  }
  watch(c, UV_READABLE | UV_WRITABLE);
}

static void is_prepared(struct pgconn *c)
{
  struct prepared *p = MEM_NEW(struct prepared);
  p->name = mem_copy_text(c->name);
  HASH_ADD_KEYPTR(hh, c->prepared, p->name, strlen(p->name), p);
  PQclear(c->result);
  c->result = NULL;
  send_query(c, p->name, "");
}

static bool is_error(const PGresult *r)
{
  ExecStatusType status = PQresultStatus(r);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

/* All results of the command are in. */
static void command_over(struct pgconn *c)
{
  PGresult *r = c->result;
  if (r && !is_error(r) && c->step == STEP_PREPARE) {
    is_prepared(c);
    return;
  }
  c->result = NULL;
  c->step = PQstatus(c->pg) == CONNECTION_BAD ? STEP_BROKEN : STEP_IDLE;
  if (c->step == STEP_BROKEN)
    stop_watching(c);
  if (r && !is_error(r)) {
    tell(c, r, "", &(struct err){ "" });
    return;
  }
  struct err e;
  char sqlstate[6];
  const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
  snprintf(sqlstate, sizeof sqlstate, "%s", state ? state : "");
  first_line(&e, primary ? primary : PQerrorMessage(c->pg));
  PQclear(r);
  tell(c, NULL, sqlstate, &e);
}

static void take_results(struct pgconn *c)
{
  while (!PQisBusy(c->pg)) {
    PGresult *r = PQgetResult(c->pg);
    if (!r) {
      command_over(c);
      return;
    }
    ExecStatusType status = PQresultStatus(r);
    if (c->result && is_error(c->result)) {
      PQclear(r); /* the first error stays */
    } else {
      PQclear(c->result);
      c->result = r;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      fail(c, "COPY is not possible here");
      return;
    }
  }
}

/* False when the owner closed the connection meanwhile. */
static bool take_notifications(struct pgconn *c)
{
  PGnotify *n;
  while (c->pg && (n = PQnotifies(c->pg))) {
    if (c->notify_fn)
      c->notify_fn(c->notify_arg, n->relname, n->extra);
    PQfreemem(n);
    if (c->closed)
      return false;
  }
  return true;
}

static void converse(struct pgconn *c, int events)
{
  if (events & UV_WRITABLE) {
    int left = PQflush(c->pg);
    if (left == 0)
      watch(c, UV_READABLE);
  }
  if (!(events & UV_READABLE))
    return;
  if (!PQconsumeInput(c->pg)) {
    fail(c, PQerrorMessage(c->pg));
    return;
  }
  if (!take_notifications(c))
    return;
  if (c->step == STEP_QUERY || c->step == STEP_PREPARE)
    take_results(c);
}

/* ---- connecting ---- */

static void poll_connecting(struct pgconn *c)
{
  switch (PQconnectPoll(c->pg)) {
  case PGRES_POLLING_READING: watch(c, UV_READABLE); break;
  case PGRES_POLLING_WRITING: watch(c, UV_WRITABLE); break;
  case PGRES_POLLING_OK:
    PQsetnonblocking(c->pg, 1);
    watch(c, UV_READABLE);
    c->step = STEP_IDLE;
    tell(c, PQmakeEmptyPGresult(c->pg, PGRES_COMMAND_OK), "", &(struct err){ "" });
    break;
  default: fail(c, PQerrorMessage(c->pg)); break;
  }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
  struct pgconn *c = poll->data;
  if (status < 0)
    events = UV_READABLE; /* libpq finds out and says what it is */
  if (c->step == STEP_CONNECT)
    poll_connecting(c);
  else if (c->step != STEP_BROKEN)
    converse(c, events);
}

static void no_notice(void *arg, const PGresult *result)
{
  (void)arg;
  (void)result;
}

static void connect_now(struct pgconn *c)
{
  const char *keys[64], *values[64];
  size_t n = 0;
  for (PQconninfoOption *o = c->options; o->keyword && n < ARRAY_LEN(keys) - 2; o++) {
    if (!o->val)
      continue;
    keys[n] = o->keyword;
    values[n++] = o->val;
  }
  if (c->hostaddr) {
    keys[n] = "hostaddr";
    values[n++] = c->hostaddr;
  }
  keys[n] = values[n] = NULL;
  c->step = STEP_CONNECT;
  c->pg = PQconnectStartParams(keys, values, 0);
  if (!c->pg || PQstatus(c->pg) == CONNECTION_BAD) {
    c->failed_early = true;
    first_line(&c->fail_text, c->pg ? PQerrorMessage(c->pg) : "out of memory");
    uv_timer_start(&c->timer, c->timer.timer_cb, 0, 0);
    return;
  }
  PQsetNoticeReceiver(c->pg, no_notice, NULL);
  watch(c, UV_WRITABLE);
}

static void on_resolved(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct pgconn *c = arg;
  c->lookup = NULL;
  if (outcome != RESOLVE_OK || n == 0) {
    c->step = STEP_BROKEN;
    tell(c, NULL, outcome == RESOLVE_BROKEN ? PGCONN_RESOLVER_BROKEN : "", why);
    return;
  }
  c->hostaddr = mem_copy_text(addresses[0]);
  connect_now(c);
}

static const char *option(const struct pgconn *c, const char *key)
{
  for (PQconninfoOption *o = c->options; o && o->keyword; o++)
    if (strcmp(o->keyword, key) == 0)
      return o->val && *o->val ? o->val : NULL;
  return NULL;
}

const char *pgconn_host(const struct pgconn *c)
{
  const char *address = option(c, "hostaddr");
  return address ? address : option(c, "host");
}

static void on_timer(uv_timer_t *timer)
{
  struct pgconn *c = timer->data;
  if (c->failed_early) {
    struct err e = c->fail_text;
    c->failed_early = false;
    fail(c, e.text);
    return;
  }
  if (c->lookup)
    lookup_cancel(c->lookup);
  c->lookup = NULL;
  struct err e;
  bool connecting = c->step == STEP_RESOLVE || c->step == STEP_CONNECT;
  err_set(&e, "PostgreSQL did not %s within %.3g s", connecting ? "let us in" : "answer", (double)c->timeout_ms / 1000);
  fail(c, e.text);
}

static void arm(struct pgconn *c, int64_t timeout_ms)
{
  c->timeout_ms = timeout_ms;
  uv_timer_start(&c->timer, on_timer, (uint64_t)timeout_ms, 0);
}

struct pgconn *pgconn_open(uv_loop_t *loop, struct resolver *resolver, const char *conninfo, int64_t timeout_ms, pgconn_fn fn, void *arg)
{
  struct pgconn *c = MEM_NEW(struct pgconn);
  *c = (struct pgconn){ .loop = loop, .resolver = resolver, .fn = fn, .arg = arg };
  uv_timer_init(loop, &c->timer);
  c->timer.data = c;
  arm(c, timeout_ms);
  /* libpq's own sentence about a bad string could show a part of it, and that part could be a password. */
  c->options = PQconninfoParse(conninfo, NULL);
  if (!c->options) {
    c->failed_early = true;
    err_set(&c->fail_text, "the connection string is not understood; write postgresql://user@host:port/database or key=value pairs");
    uv_timer_start(&c->timer, on_timer, 0, 0);
    return c;
  }
  const char *host = option(c, "host");
  if (host && host[0] != '/' && host[0] != '@' && !strchr(host, ',') && !option(c, "hostaddr") && !resolve_is_address(host))
    c->lookup = resolver_lookup(resolver, host, on_resolved, c);
  else
    connect_now(c);
  return c;
}

static void free_conn(uv_handle_t *timer)
{
  struct pgconn *c = CONTAINER_OF(timer, struct pgconn, timer);
  free(c);
}

void pgconn_close(struct pgconn *c)
{
  if (!c || c->closed)
    return;
  c->closed = true;
  c->fn = NULL;
  c->notify_fn = NULL;
  forget_command(c);
  if (c->lookup)
    lookup_cancel(c->lookup);
  stop_watching(c);
  PQclear(c->result);
  PQfinish(c->pg);
  c->pg = NULL;
  c->step = STEP_BROKEN;
  PQconninfoFree(c->options);
  free(c->hostaddr);
  struct prepared *p, *next;
  HASH_ITER(hh, c->prepared, p, next) {
    HASH_DEL(c->prepared, p);
    free(p->name);
    free(p);
  }
  uv_close((uv_handle_t *)&c->timer, free_conn);
}

void pgconn_send(struct pgconn *c, const char *name, const char *sql, const struct pgparam *params, size_t n, int64_t timeout_ms,
                 pgconn_fn fn, void *arg)
{
  assert(!c->fn && n <= 64);
  c->fn = fn;
  c->arg = arg;
  arm(c, timeout_ms);
  if (c->step != STEP_IDLE) {
    c->failed_early = true;
    err_set(&c->fail_text, "the connection is closed");
    uv_timer_start(&c->timer, on_timer, 0, 0);
    return;
  }
  c->name = mem_copy_text(name);
  c->params = mem_new(n, sizeof *c->params);
  c->param_count = n;
  for (size_t i = 0; i < n; i++) {
    c->params[i] = params[i];
    size_t length = !params[i].value ? 0 : params[i].format ? (size_t)params[i].length : strlen(params[i].value);
    c->params[i].value = params[i].value ? mem_copy_bytes(params[i].value, length) : NULL;
  }
  send_query(c, name, sql);
}

bool pgconn_is_idle(const struct pgconn *c)
{
  return c->step == STEP_IDLE && !c->fn;
}

void pgconn_on_notify(struct pgconn *c, pgconn_notify_fn fn, pgconn_lost_fn lost, void *arg)
{
  c->notify_fn = fn;
  c->lost_fn = lost;
  c->notify_arg = arg;
}

int pgresult_rows(const struct pg_result *r)
{
  return PQntuples(r);
}

int pgresult_columns(const struct pg_result *r)
{
  return PQnfields(r);
}

const char *pgresult_text(const struct pg_result *r, int row, int column)
{
  return PQgetisnull(r, row, column) ? NULL : PQgetvalue(r, row, column);
}

const char *pgresult_column_name(const struct pg_result *r, int column)
{
  return PQfname(r, column);
}

unsigned pgresult_type(const struct pg_result *r, int column)
{
  return PQftype(r, column);
}
