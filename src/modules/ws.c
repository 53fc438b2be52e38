/* ws: WebSocket.
 *
 *   ws.connect(url, options?) -> conn     ws:// or wss://
 *   conn:send(text)
 *   conn:receive(timeout?) -> text        the next message
 *   conn:ping(timeout?) -> ms             how long the answer took
 *   conn:close()                          otherwise at the end of the run
 *   conn.connect_ms                       how long opening took, handshake included
 *
 * Options: timeout ("5s"), headers (table), subprotocol; for wss: verify (true: check the certificate), ca (file of certificates to trust), cert
 * and key (files of one's own). Messages are at most 1 MiB. A handshake that is refused, a connection that is lost or silent is an expected failure.
 *
 * Example:
 *   local socket = ws.connect "ws://10.0.0.11:8188/ws?clientId=signalbox"
 *   return { first = json.decode(socket:receive()).type, ping_ms = socket:ping() }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/url.h"
#include "loop/websocket.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_ws(lua_State *L);

#define CONN_TYPE "ws connection"
#define HEADERS_CAP 32
/** Messages that wait for the script; a server that sends more is cut off. */
#define MESSAGES_CAP 100

struct message {
  struct message *next;
  size_t len;
  char *bytes;
};

struct conn {
  struct held held;
  struct websocket *socket; /* NULL: closed */
  struct message *first, **last;
  size_t messages;
  bool ended, no_data, ponged;
  bool remote; /* with another machine */
  struct err why;
  double connect_ms;
  struct waiting *waiting;
};

struct conn_ref {
  struct conn *conn;
};

enum want { WANT_OPEN, WANT_MESSAGE, WANT_PONG };

struct waiting {
  struct op op;
  struct conn *conn;
  char *what;
  enum want want;
  int64_t began_us;
  uv_timer_t timer;
};

static void release_conn(struct held *held)
{
  struct conn *c = CONTAINER_OF(held, struct conn, held);
  websocket_close(c->socket);
  c->socket = NULL;
}

static void close_conn(struct conn *c)
{
  op_let_go(&c->held);
  release_conn(&c->held);
}

static void drop_first(struct conn *c)
{
  struct message *m = c->first;
  c->first = m->next;
  if (!c->first)
    c->last = &c->first;
  c->messages--;
  free(m->bytes);
  free(m);
}

static int conn_gc(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  if (ref->conn) {
    close_conn(ref->conn);
    while (ref->conn->first)
      drop_first(ref->conn);
    free(ref->conn);
  }
  ref->conn = NULL;
  return 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct waiting, timer));
}

static void free_waiting(struct waiting *w)
{
  w->conn->waiting = NULL;
  free(w->what);
  uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

static void cancel(struct op *op)
{
  free_waiting(CONTAINER_OF(op, struct waiting, op));
}

static int push_message(lua_State *L, struct conn *c)
{
  lua_pushlstring(L, c->first->bytes, c->first->len);
  drop_first(c);
  return 1;
}

static int finish(lua_State *L, struct op *op)
{
  struct waiting *w = CONTAINER_OF(op, struct waiting, op);
  struct conn *c = w->conn;
  enum want want = w->want;
  double ms = (double)(clock_mono_us() - w->began_us) / 1000.0;
  char what[256];
  snprintf(what, sizeof what, "%s", w->what);
  free_waiting(w);
  if (want == WANT_MESSAGE && c->first)
    return push_message(L, c);
  if (want == WANT_PONG && c->ponged) {
    lua_pushnumber(L, ms);
    return 1;
  }
  if (c->ended)
    return op_raise(L, c->no_data ? OP_NO_DATA : OP_DOWN, "ws: %s", c->why.text);
  if (want != WANT_OPEN)
    return op_raise(L, OP_DOWN, "%s: nothing came within %d ms", what, (int)ms);
  c->connect_ms = ms;
  return 1; /* the connection, the last thing on the stack */
}

static void wake(struct conn *c, enum want want)
{
  if (c->waiting && (c->ended || c->waiting->want == want))
    op_ready(&c->waiting->op);
}

static void on_open(void *arg)
{
  wake(arg, WANT_OPEN);
}

static void on_message(void *arg, const char *bytes, size_t len)
{
  struct conn *c = arg;
  if (c->messages == MESSAGES_CAP)
    return;
  struct message *m = MEM_NEW(struct message);
  m->bytes = mem_copy_bytes(bytes, len);
  m->len = len;
  *c->last = m;
  c->last = &m->next;
  c->messages++;
  wake(c, WANT_MESSAGE);
}

static void on_pong(void *arg)
{
  struct conn *c = arg;
  c->ponged = true;
  wake(c, WANT_PONG);
}

static void on_end(void *arg, bool no_data, const struct err *why)
{
  struct conn *c = arg;
  c->ended = true;
  c->no_data = no_data;
  c->why = *why;
  wake(c, WANT_OPEN);
}

static void on_late(uv_timer_t *timer)
{
  struct waiting *w = CONTAINER_OF(timer, struct waiting, timer);
  op_ready(&w->op);
}

/* timeout_ms 0: none of its own. */
static struct waiting *new_waiting(lua_State *L, struct conn *c, enum want want, int64_t timeout_ms, const char *what)
{
  struct waiting *w = MEM_NEW(struct waiting);
  w->op.finish = finish;
  w->op.cancel = cancel;
  w->op.what = w->what = mem_printf("ws %.200s", what);
  w->op.remote = c->remote;
  w->began_us = clock_mono_us();
  w->want = want;
  w->conn = c;
  c->waiting = w;
  uv_timer_init(op_env(L)->loop, &w->timer);
  if (timeout_ms)
    uv_timer_start(&w->timer, on_late, (uint64_t)timeout_ms, 0);
  return w;
}

static struct conn *push_conn(lua_State *L)
{
  struct conn_ref *ref = lua_newuserdatauv(L, sizeof *ref, 0);
  ref->conn = NULL;
  luaL_setmetatable(L, CONN_TYPE);
  struct conn *c = ref->conn = MEM_NEW(struct conn);
  c->held.release = release_conn;
  c->last = &c->first;
  op_hold(L, &c->held);
  return c;
}

static int ws_connect(lua_State *L)
{
  static const char *const known[] = { "timeout", "headers", "subprotocol", OPTS_TRUST };
  static const struct websocket_events events = { on_open, on_message, on_pong, on_end };
  const char *headers[HEADERS_CAP];
  op_check_running(L);
  const char *url = luaL_checkstring(L, 1);
  opts_check(L, 2, "ws.connect", known, ARRAY_LEN(known));
  struct websocket_target target = {
    .headers = headers,
    .header_count = opts_headers(L, 2, headers, HEADERS_CAP),
    .subprotocol = opts_text(L, 2, "subprotocol"),
    .trust = opts_trust(L, 2),
    .timeout_ms = op_opt_duration(L, 2, "timeout", op_time_left_ms(L)),
  };
  struct conn *c = push_conn(L);
  struct url parts;
  struct err e;
  bool good = url_read(&parts, url, &e);
  if (good && !parts.port)
    parts.port = strcmp(parts.scheme, "wss") == 0 ? 443 : 80;
  if (good && strcmp(parts.scheme, "ws") != 0 && strcmp(parts.scheme, "wss") != 0) {
    good = err_set(&e, "ws.connect: \"%s\" is no ws:// or wss:// address", url);
    url_done(&parts);
  }
  if (!good)
    return luaL_error(L, "%s", e.text);
  target.url = &parts;
  c->remote = op_is_remote(parts.host);
  c->socket = websocket_open(op_env(L)->loop, op_env(L)->resolver, &target, &events, c);
  url_done(&parts);
  return op_wait(L, &new_waiting(L, c, WANT_OPEN, 0, url)->op);
}

static struct conn *check_conn(lua_State *L)
{
  struct conn_ref *ref = luaL_checkudata(L, 1, CONN_TYPE);
  if (!ref->conn || !ref->conn->socket)
    luaL_error(L, "this connection is closed");
  return ref->conn;
}

static int conn_send(lua_State *L)
{
  struct conn *c = check_conn(L);
  size_t len;
  const char *text = luaL_checklstring(L, 2, &len);
  if (c->ended)
    return op_raise(L, OP_DOWN, "ws: %s", c->why.text);
  websocket_send(c->socket, text, len);
  return 0;
}

static int conn_receive(lua_State *L)
{
  op_check_running(L);
  struct conn *c = check_conn(L);
  int64_t timeout_ms = opts_timeout(L, 2, op_time_left_ms(L));
  if (c->first)
    return push_message(L, c);
  if (c->ended)
    return op_raise(L, c->no_data ? OP_NO_DATA : OP_DOWN, "ws: %s", c->why.text);
  return op_wait(L, &new_waiting(L, c, WANT_MESSAGE, timeout_ms, "receive")->op);
}

static int conn_ping(lua_State *L)
{
  op_check_running(L);
  struct conn *c = check_conn(L);
  int64_t timeout_ms = opts_timeout(L, 2, op_time_left_ms(L));
  if (c->ended)
    return op_raise(L, c->no_data ? OP_NO_DATA : OP_DOWN, "ws: %s", c->why.text);
  c->ponged = false;
  websocket_ping(c->socket);
  return op_wait(L, &new_waiting(L, c, WANT_PONG, timeout_ms, "ping")->op);
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

int luaopen_ws(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", ws_connect }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "send", conn_send }, { "receive", conn_receive }, { "ping", conn_ping }, { "close", conn_close }, { NULL, NULL },
  };
  opts_define_type(L, CONN_TYPE, conn_gc, conn_index, methods);
  luaL_newlib(L, functions);
  return 1;
}
