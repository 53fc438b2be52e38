/* pg: PostgreSQL.
 *
 *   pg.connect(conninfo, options?) -> db      a libpq connection string or URI; options: timeout ("5s")
 *   pg.query(conninfo, sql, ...) -> rows      connects, asks, closes
 *   db:query(sql, ...) -> rows                parameters stand for $1, $2 ...; rows are tables by column name; NULL is nil
 *   db:value(sql, ...) -> value               the first column of the first row, nil when there is none
 *   db:listen(channel)                        notifications on the channel are kept from now on
 *   db:notify(channel, payload)
 *   db:wait_notify(timeout?) -> channel, payload
 *   db:close()                                otherwise at the end of the run
 *   db.connect_ms                             how long connecting took
 *
 * Integers, floats and booleans come as such, all else as text. At most 10,000 rows. What the server refuses, and a server that is not there, is an
 * expected failure.
 *
 * Example:
 *   local db = pg.connect(settings.postgres.url)
 *   return { used = db:value "SELECT count(*) FROM pg_stat_activity", connect_ms = db.connect_ms }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/pgconn.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_pg(lua_State *L);

#define DB_TYPE "pg connection"
#define ROWS_CAP 10000
#define NOTIFICATIONS_CAP 1000
#define PARAMETERS_CAP 32

struct notification {
  struct notification *next;
  char *channel, *payload;
};

struct db {
  struct held held;
  struct pgconn *pg;
  struct notification *first, **last;
  size_t notifications;
  struct asking *waiting; /* for a notification */
  int64_t connect_ms;
  bool remote; /* with another machine */
};

/* What the script's one variable points to: NULL when closed. */
struct db_ref {
  struct db *db;
};

/* One operation: connecting, a command, or waiting for a notification. */
struct asking {
  struct op op;
  struct db *db;
  char *what;
  bool first_value; /* db:value */
  bool close_after; /* pg.query */
  char *sql;        /* pg.query: to send once connected */
  struct pgparam *params;
  size_t param_count;
  int64_t began_us;
  uv_timer_t timer; /* waiting for a notification */
  bool has_timer;
  int64_t deadline_us;            /* of the run, monotonic */
  const struct pg_result *result; /* valid while its callback is on the stack, which is where finish runs */
  bool connecting, failed, no_data;
  struct err why;
};

static void free_notification(struct notification *n)
{
  free(n->channel);
  free(n->payload);
  free(n);
}

/* ---- the connection's life ---- */

static void release_db(struct held *held)
{
  struct db *db = CONTAINER_OF(held, struct db, held);
  pgconn_close(db->pg);
  db->pg = NULL;
}

static void close_db(struct db *db)
{
  op_let_go(&db->held);
  release_db(&db->held);
}

static int db_gc(lua_State *L)
{
  struct db_ref *ref = luaL_checkudata(L, 1, DB_TYPE);
  struct db *db = ref->db;
  ref->db = NULL;
  if (!db)
    return 0;
  close_db(db);
  while (db->first) {
    struct notification *n = db->first;
    db->first = n->next;
    free_notification(n);
  }
  free(db);
  return 0;
}

static struct db *check_db(lua_State *L)
{
  struct db_ref *ref = luaL_checkudata(L, 1, DB_TYPE);
  if (!ref->db || !ref->db->pg)
    luaL_error(L, "this connection is closed");
  return ref->db;
}

/* ---- results on the script's stack ---- */

/* The types of pg_type that Lua has a better word for than text. */
static void push_value(lua_State *L, const struct pg_result *r, int row, int column)
{
  const char *text = pgresult_text(r, row, column);
  switch (text ? pgresult_type(r, column) : 0) {
  case 0: lua_pushnil(L); break;
  case 16: lua_pushboolean(L, text[0] == 't'); break;
  case 20:
  case 21:
  case 23:
  case 26: lua_pushinteger(L, strtoll(text, NULL, 10)); break;
  case 700:
  case 701:
  case 1700: lua_pushnumber(L, strtod(text, NULL)); break;
  default: lua_pushstring(L, text); break;
  }
}

static int push_rows(lua_State *L, const struct pg_result *r, bool first_value)
{
  int rows = pgresult_rows(r), columns = pgresult_columns(r);
  if (first_value) {
    if (rows && columns)
      push_value(L, r, 0, 0);
    else
      lua_pushnil(L);
    return 1;
  }
  if (rows > ROWS_CAP)
    return luaL_error(L, "the query returned %d rows; at most %d are taken", rows, ROWS_CAP);
  lua_createtable(L, rows, 0);
  for (int row = 0; row < rows; row++) {
    lua_createtable(L, 0, columns);
    for (int column = 0; column < columns; column++) {
      push_value(L, r, row, column);
      lua_setfield(L, -2, pgresult_column_name(r, column));
    }
    lua_rawseti(L, -2, row + 1);
  }
  return 1;
}

/* ---- operations ---- */

static void on_timer_closed(uv_handle_t *handle)
{
  free(handle->data);
}

static void free_asking(struct asking *a)
{
  if (a->db && a->db->waiting == a)
    a->db->waiting = NULL;
  for (size_t i = 0; i < a->param_count; i++)
    free((char *)(uintptr_t)a->params[i].value);
  free(a->params);
  free(a->sql);
  free(a->what);
  a->params = NULL;
  if (a->has_timer) {
    a->timer.data = a;
    uv_close((uv_handle_t *)&a->timer, on_timer_closed);
  } else {
    free(a);
  }
}

/* The run is over; its connections are closed with it and call nobody. */
static void cancel(struct op *op)
{
  free_asking(CONTAINER_OF(op, struct asking, op));
}

static int finish(lua_State *L, struct op *op)
{
  struct asking *a = CONTAINER_OF(op, struct asking, op);
  if (a->close_after)
    close_db(a->db);
  if (a->failed) {
    struct err why = a->why;
    bool no_data = a->no_data;
    char what[256];
    snprintf(what, sizeof what, "%s", a->what);
    free_asking(a);
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "%s: %s", what, why.text);
  }
  const struct pg_result *result = a->result;
  bool connecting = a->connecting, first_value = a->first_value;
  free_asking(a);
  return connecting ? 1 : push_rows(L, result, first_value); /* the new connection is the last thing on the stack */
}

static void on_answer(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct asking *a = arg;
  a->result = result;
  a->failed = !result;
  a->no_data = strcmp(sqlstate, PGCONN_RESOLVER_BROKEN) == 0;
  a->why = *why;
  op_ready(&a->op);
}

static void send_command(struct asking *a)
{
  int64_t left_ms = (a->deadline_us - clock_mono_us()) / 1000;
  pgconn_send(a->db->pg, NULL, a->sql, a->params, a->param_count, left_ms > 1 ? left_ms : 1, on_answer, a);
}

static void on_connected(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct asking *a = arg;
  a->db->connect_ms = (clock_mono_us() - a->began_us + 500) / 1000;
  if (result && a->sql)
    send_command(a);
  else
    on_answer(a, result, sqlstate, why);
}

static void keep_notification(void *arg, const char *channel, const char *payload)
{
  struct db *db = arg;
  if (db->notifications == NOTIFICATIONS_CAP)
    return;
  struct notification *n = MEM_NEW(struct notification);
  n->channel = mem_copy_text(channel);
  n->payload = mem_copy_text(payload);
  *db->last = n;
  db->last = &n->next;
  db->notifications++;
  if (db->waiting)
    op_ready(&db->waiting->op);
}

static struct asking *new_asking(lua_State *L, struct db *db, const char *what)
{
  struct asking *a = MEM_NEW(struct asking);
  a->op.finish = finish;
  a->op.cancel = cancel;
  a->op.what = a->what = mem_printf("pg %.200s", what);
  a->op.remote = db->remote;
  a->db = db;
  a->began_us = clock_mono_us();
  a->deadline_us = a->began_us + op_time_left_ms(L) * 1000;
  return a;
}

/* Arguments from `first` on as $1, $2 ...: checked by check_parameters before anything is allocated. */
static void take_parameters(lua_State *L, int first, struct asking *a)
{
  int n = lua_gettop(L) - first + 1;
  a->param_count = n > 0 ? (size_t)n : 0;
  a->params = mem_new(a->param_count, sizeof *a->params);
  for (int i = 0; i < n; i++) {
    int at = first + i;
    if (lua_isboolean(L, at))
      a->params[i].value = mem_copy_text(lua_toboolean(L, at) ? "true" : "false");
    else if (!lua_isnil(L, at))
      a->params[i].value = mem_copy_text(lua_tostring(L, at));
  }
}

static void check_parameters(lua_State *L, int first)
{
  if (lua_gettop(L) - first + 1 > PARAMETERS_CAP)
    luaL_error(L, "at most %d parameters", PARAMETERS_CAP);
  for (int i = first; i <= lua_gettop(L); i++)
    if (!lua_isnil(L, i) && !lua_isboolean(L, i) && !lua_isnumber(L, i) && !lua_isstring(L, i))
      luaL_error(L, "parameter $%d: a %s cannot be sent", i - first + 1, luaL_typename(L, i));
}

/* Pushes a new connection that begins to connect. */
static struct asking *open_connection(lua_State *L, const char *conninfo, int64_t timeout_ms)
{
  struct db_ref *ref = lua_newuserdatauv(L, sizeof *ref, 0);
  ref->db = NULL;
  luaL_setmetatable(L, DB_TYPE);
  struct db *db = MEM_NEW(struct db);
  ref->db = db;
  db->held.release = release_db;
  db->last = &db->first;
  op_hold(L, &db->held);
  struct asking *a = new_asking(L, db, "connect");
  db->pg = pgconn_open(op_env(L)->loop, op_env(L)->resolver, conninfo, timeout_ms, on_connected, a);
  db->remote = a->op.remote = op_is_remote(pgconn_host(db->pg));
  pgconn_on_notify(db->pg, keep_notification, NULL, db);
  return a;
}

static int pg_connect(lua_State *L)
{
  op_check_running(L);
  const char *conninfo = luaL_checkstring(L, 1);
  int64_t timeout_ms = op_opt_duration(L, 2, "timeout", op_time_left_ms(L));
  struct asking *a = open_connection(L, conninfo, timeout_ms);
  a->connecting = true;
  return op_wait(L, &a->op);
}

static int pg_query(lua_State *L)
{
  op_check_running(L);
  const char *conninfo = luaL_checkstring(L, 1), *sql = luaL_checkstring(L, 2);
  check_parameters(L, 3);
  int top = lua_gettop(L);
  struct asking *a = open_connection(L, conninfo, op_time_left_ms(L));
  lua_insert(L, 1); /* stays reachable as long as the run sleeps */
  a->sql = mem_copy_text(sql);
  a->close_after = true;
  lua_settop(L, top + 1);
  take_parameters(L, 4, a);
  return op_wait(L, &a->op);
}

static int ask(lua_State *L, bool first_value)
{
  op_check_running(L);
  struct db *db = check_db(L);
  const char *sql = luaL_checkstring(L, 2);
  check_parameters(L, 3);
  struct asking *a = new_asking(L, db, sql);
  a->sql = mem_copy_text(sql);
  a->first_value = first_value;
  take_parameters(L, 3, a);
  send_command(a);
  return op_wait(L, &a->op);
}

static int db_query(lua_State *L)
{
  return ask(L, false);
}

static int db_value(lua_State *L)
{
  return ask(L, true);
}

/* A text quoted as an identifier, to free(). */
static char *quote_identifier(const char *name)
{
  char *quoted = mem_new(2 * strlen(name) + 3, 1), *out = quoted;
  *out++ = '"';
  for (; *name; name++) {
    if (*name == '"')
      *out++ = '"';
    *out++ = *name;
  }
  *out++ = '"';
  *out = '\0';
  return quoted;
}

static int db_listen(lua_State *L)
{
  op_check_running(L);
  struct db *db = check_db(L);
  const char *channel = luaL_checkstring(L, 2);
  struct asking *a = new_asking(L, db, "LISTEN");
  char *quoted = quote_identifier(channel);
  a->sql = mem_printf("LISTEN %s", quoted);
  free(quoted);
  send_command(a);
  return op_wait(L, &a->op);
}

static int db_notify(lua_State *L)
{
  luaL_checkstring(L, 2);
  luaL_optstring(L, 3, "");
  lua_settop(L, 3);
  lua_pushliteral(L, "SELECT pg_notify($1, $2)");
  lua_insert(L, 2);
  if (lua_isnil(L, 4)) {
    lua_pushliteral(L, "");
    lua_replace(L, 4);
  }
  return ask(L, false);
}

/* ---- waiting for a notification ---- */

static int push_notification(lua_State *L, struct db *db)
{
  struct notification *n = db->first;
  lua_pushstring(L, n->channel);
  lua_pushstring(L, n->payload);
  db->first = n->next;
  if (!db->first)
    db->last = &db->first;
  db->notifications--;
  free_notification(n);
  return 2;
}

static int finish_waiting(lua_State *L, struct op *op)
{
  struct asking *a = CONTAINER_OF(op, struct asking, op);
  struct db *db = a->db;
  int64_t waited_ms = (clock_mono_us() - a->began_us) / 1000;
  free_asking(a);
  if (db->first)
    return push_notification(L, db);
  return op_raise(L, OP_DOWN, "pg: no notification came within %d ms", (int)waited_ms);
}

static void on_wait_over(uv_timer_t *timer)
{
  struct asking *a = timer->data;
  op_ready(&a->op);
}

static int db_wait_notify(lua_State *L)
{
  op_check_running(L);
  struct db *db = check_db(L);
  lua_settop(L, 2);
  lua_createtable(L, 0, 1);
  lua_insert(L, 2);
  lua_setfield(L, 2, "timeout");
  int64_t timeout_ms = op_opt_duration(L, 2, "timeout", op_time_left_ms(L));
  if (db->first)
    return push_notification(L, db);
  struct asking *a = new_asking(L, db, "wait for a notification");
  a->op.finish = finish_waiting;
  a->has_timer = true;
  uv_timer_init(op_env(L)->loop, &a->timer);
  a->timer.data = a;
  uv_timer_start(&a->timer, on_wait_over, (uint64_t)timeout_ms, 0);
  db->waiting = a;
  return op_wait(L, &a->op);
}

static int db_close(lua_State *L)
{
  struct db_ref *ref = luaL_checkudata(L, 1, DB_TYPE);
  if (ref->db)
    close_db(ref->db);
  return 0;
}

static int db_index(lua_State *L)
{
  struct db_ref *ref = luaL_checkudata(L, 1, DB_TYPE);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "connect_ms") == 0 && ref->db)
    lua_pushinteger(L, ref->db->connect_ms);
  else
    lua_getfield(L, lua_upvalueindex(1), key);
  return 1;
}

int luaopen_pg(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", pg_connect }, { "query", pg_query }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "query", db_query },   { "value", db_value }, { "listen", db_listen },
    { "notify", db_notify }, { "close", db_close }, { "wait_notify", db_wait_notify },
    { NULL, NULL },
  };
  opts_define_type(L, DB_TYPE, db_gc, db_index, methods);
  luaL_newlib(L, functions);
  return 1;
}
