/* tcp: byte streams, plain or under TLS.
 *
 *   tcp.connect(host, port, options?) -> conn   options: timeout ("5s"), tls (false), verify (true), ca (file)
 *   tcp.ping(host, port, options?) -> ms        connects and closes
 *   conn:send(bytes)
 *   conn:receive(n) -> bytes                    exactly n bytes
 *   conn:receive_line(cap?) -> text             up to a newline, without it (and without a CR before it)
 *   conn:receive_all(cap?) -> bytes             up to the end
 *   conn:close()                                otherwise at the end of the run
 *   conn.connect_ms                             how long connecting took
 *
 * At most 1 MiB is received at a time. A connection that is refused, lost or silent is an expected failure.
 *
 * Example:
 *   local conn = tcp.connect("127.0.0.1", 6379)
 *   conn:send "PING\r\n"
 *   return { answer = conn:receive_line(), connect_ms = conn.connect_ms }
 */
#include <lauxlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/stream.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_tcp(lua_State *L);

#define CONN_TYPE "tcp connection"
#define RECEIVE_CAP (1024 * 1024)

enum want { WANT_BYTES, WANT_LINE, WANT_ALL };

struct conn {
  struct held held;
  struct stream *stream; /* NULL: closed */
  struct buf in;         /* received and not yet asked for */
  bool eof, broken;
  bool no_data;
  struct err why; /* of the end */
  double connect_ms;
  struct waiting *waiting;
};

struct conn_ref {
  struct conn *conn;
};

/* Connecting, or waiting for bytes. */
struct waiting {
  struct op op;
  struct conn *conn;
  char *what;
  bool connecting, only_ms;
  int64_t began_us;
  enum want want;
  size_t n;
};

static void release_conn(struct held *held)
{
  struct conn *c = CONTAINER_OF(held, struct conn, held);
  stream_close(c->stream);
  c->stream = NULL;
}

static void close_conn(struct conn *c)
{
  op_let_go(&c->held);
  release_conn(&c->held);
}

static int conn_gc(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  if (ref->conn) {
    close_conn(ref->conn);
    buf_done(&ref->conn->in);
    free(ref->conn);
  }
  ref->conn = NULL;
  return 0;
}

static void free_waiting(struct waiting *w)
{
  w->conn->waiting = NULL;
  free(w->what);
  free(w);
}

static void cancel(struct op *op)
{
  free_waiting(CONTAINER_OF(op, struct waiting, op));
}

/* How many of the received bytes are the answer, and how many of those go with it (a line's end). 0, 0: not there yet. */
static bool is_there(const struct conn *c, enum want want, size_t n, size_t *answer, size_t *taken)
{
  const char *data = buf_text(&c->in), *newline = c->in.len ? memchr(data, '\n', c->in.len) : NULL;
  switch (want) {
  case WANT_BYTES: *answer = *taken = n; return c->in.len >= n;
  case WANT_LINE:
    if (!newline)
      return false;
    *answer = (size_t)(newline - data);
    *taken = *answer + 1;
    if (*answer && data[*answer - 1] == '\r')
      (*answer)--;
    return true;
  case WANT_ALL: *answer = *taken = c->in.len; return c->eof;
  }
  return false;
}

static int give(lua_State *L, struct conn *c, enum want want, size_t n)
{
  size_t answer, taken;
  if (is_there(c, want, n, &answer, &taken)) {
    lua_pushlstring(L, buf_text(&c->in), answer);
    buf_drop(&c->in, taken);
    return 1;
  }
  if (c->in.full)
    return op_raise(L, OP_DOWN, "tcp: more than %zu bytes came", c->in.cap);
  return op_raise(L, c->no_data ? OP_NO_DATA : OP_DOWN, "%s", c->why.text);
}

static int finish(lua_State *L, struct op *op)
{
  struct waiting *w = CONTAINER_OF(op, struct waiting, op);
  struct conn *c = w->conn;
  enum want want = w->want;
  size_t n = w->n;
  bool connecting = w->connecting, only_ms = w->only_ms;
  if (connecting)
    c->connect_ms = (double)(clock_mono_us() - w->began_us) / 1000.0;
  free_waiting(w);
  if (!connecting)
    return give(L, c, want, n);
  if (c->broken || c->eof)
    return op_raise(L, c->no_data ? OP_NO_DATA : OP_DOWN, "tcp: %s", c->why.text);
  if (only_ms) {
    lua_pushnumber(L, c->connect_ms);
    close_conn(c);
  }
  return 1; /* the connection, or the milliseconds above it */
}

static void on_open(void *arg)
{
  struct conn *c = arg;
  if (c->waiting)
    op_ready(&c->waiting->op);
}

static void on_data(void *arg, const char *bytes, size_t len)
{
  struct conn *c = arg;
  size_t answer, taken;
  buf_add(&c->in, bytes, len);
  if (c->waiting && !c->waiting->connecting && (c->in.full || is_there(c, c->waiting->want, c->waiting->n, &answer, &taken)))
    op_ready(&c->waiting->op);
}

static void on_end(void *arg, bool eof, bool no_data, const struct err *why)
{
  struct conn *c = arg;
  c->eof = eof;
  c->broken = !eof;
  c->no_data = no_data;
  c->why = *why;
  if (c->waiting)
    op_ready(&c->waiting->op);
}

static struct waiting *new_waiting(struct conn *c, char *what)
{
  struct waiting *w = MEM_NEW(struct waiting);
  w->op.finish = finish;
  w->op.cancel = cancel;
  w->op.what = w->what = what;
  w->began_us = clock_mono_us();
  w->conn = c;
  c->waiting = w;
  return w;
}

static int connect_to(lua_State *L, bool only_ms)
{
  static const char *const known[] = { "timeout", "tls", "verify", "ca" };
  static const struct stream_events events = { on_open, on_data, on_end };
  op_check_running(L);
  const char *host = luaL_checkstring(L, 1);
  lua_Integer port = luaL_checkinteger(L, 2);
  luaL_argcheck(L, port > 0 && port < 65536, 2, "a port from 1 to 65535 is needed");
  opts_check(L, 3, "tcp", known, ARRAY_LEN(known));
  struct stream_target target = {
    .host = host,
    .port = (int)port,
    .tls = opts_flag(L, 3, "tls", false),
    .no_verify = !opts_flag(L, 3, "verify", true),
    .ca_file = opts_text(L, 3, "ca"),
    .timeout_ms = op_opt_duration(L, 3, "timeout", op_time_left_ms(L)),
  };
  struct conn_ref *ref = lua_newuserdatauv(L, sizeof *ref, 0);
  ref->conn = NULL;
  luaL_setmetatable(L, CONN_TYPE);
  struct conn *c = ref->conn = MEM_NEW(struct conn);
  c->held.release = release_conn;
  buf_init(&c->in, RECEIVE_CAP);
  op_hold(L, &c->held);
  c->stream = stream_open(op_env(L)->loop, op_env(L)->resolver, &target, &events, c);
  struct waiting *w = new_waiting(c, mem_printf("tcp connect %.200s:%d", host, (int)port));
  w->connecting = true;
  w->only_ms = only_ms;
  return op_wait(L, &w->op);
}

static int tcp_connect(lua_State *L)
{
  return connect_to(L, false);
}

static int tcp_ping(lua_State *L)
{
  return connect_to(L, true);
}

static struct conn *check_conn(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  if (!ref->conn || !ref->conn->stream)
    luaL_error(L, "this connection is closed");
  return ref->conn;
}

static int conn_send(lua_State *L)
{
  struct conn *c = check_conn(L);
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  if (c->broken || c->eof)
    return op_raise(L, OP_DOWN, "%s", c->why.text);
  stream_write(c->stream, bytes, len);
  return 0;
}

static int receive(lua_State *L, enum want want, size_t n)
{
  size_t answer, taken;
  op_check_running(L);
  struct conn *c = check_conn(L);
  if (c->eof || c->broken || c->in.full || is_there(c, want, n, &answer, &taken))
    return give(L, c, want, n);
  struct waiting *w = new_waiting(c, mem_copy_text("tcp receive"));
  w->want = want;
  w->n = n;
  return op_wait(L, &w->op);
}

static size_t check_cap(lua_State *L, int index, lua_Integer otherwise)
{
  lua_Integer n = luaL_optinteger(L, index, otherwise);
  luaL_argcheck(L, n >= 0 && n <= RECEIVE_CAP, index, "a number of bytes up to 1048576 is needed");
  return (size_t)n;
}

static int conn_receive(lua_State *L)
{
  luaL_checkinteger(L, 2);
  return receive(L, WANT_BYTES, check_cap(L, 2, 0));
}

static int conn_receive_line(lua_State *L)
{
  struct conn *c = check_conn(L);
  c->in.cap = check_cap(L, 2, RECEIVE_CAP);
  return receive(L, WANT_LINE, 0);
}

static int conn_receive_all(lua_State *L)
{
  struct conn *c = check_conn(L);
  c->in.cap = check_cap(L, 2, RECEIVE_CAP);
  return receive(L, WANT_ALL, 0);
}

static int conn_close(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  if (ref->conn)
    close_conn(ref->conn);
  return 0;
}

static int conn_index(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "connect_ms") == 0 && ref->conn)
    lua_pushnumber(L, ref->conn->connect_ms);
  else
    lua_getfield(L, lua_upvalueindex(1), key);
  return 1;
}

int luaopen_tcp(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", tcp_connect }, { "ping", tcp_ping }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "send", conn_send },
    { "receive", conn_receive },
    { "receive_line", conn_receive_line },
    { "receive_all", conn_receive_all },
    { "close", conn_close },
    { NULL, NULL },
  };
  opts_define_type(L, CONN_TYPE, conn_gc, conn_index, methods);
  luaL_newlib(L, functions);
  return 1;
}
