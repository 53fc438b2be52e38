#include "modules/wire.h"

#include "base/clock.h"
#include "base/mem.h"
#include "loop/url.h"

struct wire_wait {
  struct op op;
  struct wire *wire;
  char *what;
  wire_ready_fn ready;
  wire_give_fn give;
  int64_t began_us;
  uv_timer_t timer;
};

/* ---- life ---- */

static void release_wire(struct held *held)
{
  struct wire *w = CONTAINER_OF(held, struct wire, held);
  stream_close(w->stream);
  w->stream = NULL;
}

void wire_close(struct wire *w)
{
  op_let_go(&w->held);
  release_wire(&w->held);
}

static int wire_gc(lua_State *L)
{
  struct wire **ref = lua_touserdata(L, 1), *w = *ref;
  *ref = NULL;
  if (!w)
    return 0;
  wire_close(w);
  if (w->kind->done)
    w->kind->done(w);
  buf_done(&w->in);
  free(w);
  return 0;
}

struct wire *wire_check(lua_State *L, int index, const struct wire_kind *kind)
{
  struct wire **ref = luaL_checkudata(L, index, kind->type);
  if (!*ref || !(*ref)->stream)
    luaL_error(L, "this connection is closed");
  return *ref;
}

int wire_close_method(lua_State *L)
{
  struct wire **ref = lua_touserdata(L, 1);
  luaL_argcheck(L, ref && luaL_getmetafield(L, 1, "__gc") != LUA_TNIL && lua_tocfunction(L, -1) == wire_gc, 1, "a connection is needed");
  if (*ref)
    wire_close(*ref);
  return 0;
}

/* ---- what happens ---- */

/* Wakes whoever waits when there is something to say. The wire may be gone afterwards. */
static void look(struct wire *w)
{
  struct wire_wait *wait = w->wait;
  if (wait && !w->busy && (w->ended || w->in.full || wait->ready(w)))
    op_ready(&wait->op);
}

static void on_open(void *arg)
{
  struct wire *w = arg;
  w->open = true;
  w->busy = true;
  if (w->kind->opened)
    w->kind->opened(w);
  w->busy = false;
  look(w);
}

static void on_data(void *arg, const char *bytes, size_t len)
{
  struct wire *w = arg;
  if (w->ended)
    return;
  buf_add(&w->in, bytes, len);
  w->busy = true;
  if (w->kind->took && !w->in.full)
    w->kind->took(w);
  w->busy = false;
  look(w);
}

static void on_end(void *arg, bool eof, bool no_data, const struct err *why)
{
  struct wire *w = arg;
  if (!w->ended) {
    w->ended = true;
    w->eof = eof;
    w->no_data = no_data;
    w->why = *why;
  }
  look(w);
}

static void on_late(uv_timer_t *timer)
{
  op_ready(&CONTAINER_OF(timer, struct wire_wait, timer)->op);
}

void wire_fail(struct wire *w, const char *format, ...)
{
  va_list args;
  if (w->ended)
    return;
  w->ended = true;
  va_start(args, format);
  vsnprintf(w->why.text, sizeof w->why.text, format, args);
  va_end(args);
}

void wire_write(struct wire *w, const void *bytes, size_t len)
{
  if (len && w->stream && !w->ended)
    stream_write(w->stream, bytes, len);
}

/* ---- waiting ---- */

static void on_timer_closed(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct wire_wait, timer));
}

static void free_wait(struct wire_wait *wait)
{
  wait->wire->wait = NULL;
  free(wait->what);
  uv_close((uv_handle_t *)&wait->timer, on_timer_closed);
}

static void cancel(struct op *op)
{
  free_wait(CONTAINER_OF(op, struct wire_wait, op));
}

static int raise_end(lua_State *L, struct wire *w, const char *what, double ms)
{
  if (w->in.full)
    return op_raise(L, OP_DOWN, "%s: more than %zu bytes came", what, w->in.cap);
  if (w->ended)
    return op_raise(L, w->no_data ? OP_NO_DATA : OP_DOWN, "%s: %s", w->kind->name, w->why.text);
  return op_raise(L, OP_DOWN, "%s: nothing came within %d ms", what, (int)ms);
}

static int finish(lua_State *L, struct op *op)
{
  struct wire_wait *wait = CONTAINER_OF(op, struct wire_wait, op);
  struct wire *w = wait->wire;
  wire_ready_fn ready = wait->ready;
  wire_give_fn give = wait->give;
  double ms = (double)(clock_mono_us() - wait->began_us) / 1000.0;
  char what[256];
  snprintf(what, sizeof what, "%s", wait->what);
  free_wait(wait);
  return ready(w) ? give(L, w) : raise_end(L, w, what, ms);
}

int wire_wait(lua_State *L, struct wire *w, const char *what, int64_t timeout_ms, wire_ready_fn ready, wire_give_fn give)
{
  if (ready(w))
    return give(L, w);
  if (w->ended || w->in.full)
    return raise_end(L, w, what, 0);
  struct wire_wait *wait = MEM_NEW(struct wire_wait);
  *wait = (struct wire_wait){ .wire = w, .ready = ready, .give = give, .began_us = clock_mono_us() };
  wait->op.finish = finish;
  wait->op.cancel = cancel;
  wait->op.what = wait->what = mem_copy_text(what);
  wait->op.remote = w->remote;
  uv_timer_init(op_env(L)->loop, &wait->timer);
  if (timeout_ms)
    uv_timer_start(&wait->timer, on_late, (uint64_t)timeout_ms, 0);
  w->wait = wait;
  return op_wait(L, &wait->op);
}

int wire_give_self(lua_State *L, struct wire *w)
{
  (void)L;
  w->connect_ms = (double)(clock_mono_us() - w->began_us) / 1000.0;
  return 1;
}

void wire_address(lua_State *L, const char *url, const char *plain, const char *secure, int port, struct wire_address *a)
{
  struct url u;
  struct err e;
  if (!url_read(&u, url, &e))
    luaL_error(L, "%s", e.text);
  bool known = strcmp(u.scheme, plain) == 0 || strcmp(u.scheme, secure) == 0;
  bool has_credentials = u.has_credentials, fits = strlen(u.host) < sizeof a->host && strlen(u.target) <= sizeof a->path;
  a->tls = strcmp(u.scheme, secure) == 0;
  a->port = u.port ? u.port : port;
  snprintf(a->host, sizeof a->host, "%s", u.host);
  snprintf(a->path, sizeof a->path, "%s", u.target + 1);
  url_done(&u);
  if (!known || !a->host[0] || !fits)
    luaL_error(L, "\"%s\" is no %s:// or %s:// address", url, plain, secure);
  if (has_credentials)
    luaL_error(L, "a user and a password do not belong into the address of %s: give them as options", a->host);
}

struct wire *wire_open(lua_State *L, const struct wire_kind *kind, const struct stream_target *target)
{
  static const struct stream_events events = { on_open, on_data, on_end };
  struct wire **ref = lua_newuserdatauv(L, sizeof(struct wire *), 0);
  *ref = NULL;
  luaL_setmetatable(L, kind->type);
  struct wire *w = *ref = mem_new(1, kind->size);
  w->kind = kind;
  w->held.release = release_wire;
  w->began_us = clock_mono_us();
  w->remote = !target->unix_socket && op_is_remote(target->host);
  buf_init(&w->in, kind->cap);
  op_hold(L, &w->held);
  w->stream = stream_open(op_env(L)->loop, op_env(L)->resolver, target, &events, w);
  return w;
}

/* ---- the type ---- */

/* Upvalues: the table of methods, the module's function for fields. */
static int wire_index(lua_State *L)
{
  struct wire **ref = lua_touserdata(L, 1);
  const char *key = luaL_checkstring(L, 2);
  if (*ref && strcmp(key, "connect_ms") == 0) {
    lua_pushnumber(L, (*ref)->connect_ms);
    return 1;
  }
  lua_CFunction fields = lua_tocfunction(L, lua_upvalueindex(2));
  if (lua_getfield(L, lua_upvalueindex(1), key) == LUA_TNIL && *ref && fields)
    fields(L);
  return 1;
}

void wire_define(lua_State *L, const struct wire_kind *kind, const luaL_Reg *methods, lua_CFunction fields)
{
  luaL_newmetatable(L, kind->type);
  lua_pushcfunction(L, wire_gc);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  if (fields)
    lua_pushcfunction(L, fields);
  else
    lua_pushnil(L);
  lua_pushcclosure(L, wire_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
