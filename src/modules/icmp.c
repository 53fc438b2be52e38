/* icmp: ping, without privileges.
 *
 *   icmp.ping(host, options?) -> table     sent, received, loss_pct, min_ms, avg_ms, max_ms (nil when nothing came back)
 *
 * Options: count (3, at most 64), interval ("200ms"), timeout ("1s", for the answers to the last one). Loss is a result; a host that is not known
 * and a network that takes nothing are expected failures. The group that Signalbox runs as has to lie in net.ipv4.ping_group_range.
 *
 * Example:
 *   local ping = icmp.ping("10.0.0.21", { count = 5 })
 *   return { loss_pct = ping.loss_pct, avg_ms = ping.avg_ms }
 */
#include <lauxlib.h>

#include "base/mem.h"
#include "loop/ping.h"
#include "loop/resolve.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_icmp(lua_State *L);

struct echo {
  struct op op;
  struct lookup *lookup;
  struct ping *ping;
  char *what;
  uv_loop_t *loop;
  unsigned count;
  int64_t interval_ms, wait_ms;
  struct ping_result result;
  bool failed, no_data;
  struct err why;
};

static void free_echo(struct echo *e)
{
  free(e->what);
  free(e);
}

static void cancel(struct op *op)
{
  struct echo *e = CONTAINER_OF(op, struct echo, op);
  if (e->lookup)
    lookup_cancel(e->lookup);
  if (e->ping)
    ping_cancel(e->ping);
  free_echo(e);
}

static void set_number(lua_State *L, const char *key, double number)
{
  lua_pushnumber(L, number);
  lua_setfield(L, -2, key);
}

static int finish(lua_State *L, struct op *op)
{
  struct echo *e = CONTAINER_OF(op, struct echo, op);
  struct ping_result r = e->result;
  struct err why = e->why;
  bool failed = e->failed, no_data = e->no_data;
  char what[256];
  snprintf(what, sizeof what, "%s", e->what);
  free_echo(e);
  if (failed)
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "%s: %s", what, why.text);
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, r.sent);
  lua_setfield(L, -2, "sent");
  lua_pushinteger(L, r.received);
  lua_setfield(L, -2, "received");
  set_number(L, "loss_pct", 100.0 * (r.sent - r.received) / r.sent);
  if (r.received) {
    set_number(L, "min_ms", r.min_ms);
    set_number(L, "avg_ms", r.avg_ms);
    set_number(L, "max_ms", r.max_ms);
  }
  return 1;
}

static void on_result(void *arg, const struct ping_result *result, const struct err *why)
{
  struct echo *e = arg;
  e->ping = NULL;
  e->failed = !result;
  if (result)
    e->result = *result;
  e->why = *why;
  op_ready(&e->op);
}

static void on_resolved(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct echo *e = arg;
  e->lookup = NULL;
  if (outcome == RESOLVE_OK && n) {
    e->ping = ping_start(e->loop, addresses[0], e->count, e->interval_ms, e->wait_ms, on_result, e);
    return;
  }
  e->failed = true;
  e->no_data = outcome == RESOLVE_BROKEN;
  e->why = *why;
  op_ready(&e->op);
}

static int icmp_ping(lua_State *L)
{
  static const char *const known[] = { "count", "interval", "timeout" };
  op_check_running(L);
  const char *host = luaL_checkstring(L, 1);
  opts_check(L, 2, "icmp.ping", known, ARRAY_LEN(known));
  unsigned count = (unsigned)opts_number(L, 2, "count", 3, 1, 64);
  int64_t interval_ms = op_opt_duration(L, 2, "interval", 200), wait_ms = op_opt_duration(L, 2, "timeout", 1000);
  struct echo *e = MEM_NEW(struct echo);
  *e = (struct echo){ .loop = op_env(L)->loop, .count = count, .interval_ms = interval_ms, .wait_ms = wait_ms };
  e->op.finish = finish;
  e->op.cancel = cancel;
  e->op.what = e->what = mem_printf("icmp.ping %.200s", host);
  e->op.remote = op_is_remote(host);
  if (resolve_is_address(host))
    e->ping = ping_start(e->loop, host, count, interval_ms, wait_ms, on_result, e);
  else
    e->lookup = resolver_lookup(op_env(L)->resolver, host, on_resolved, e);
  return op_wait(L, &e->op);
}

int luaopen_icmp(lua_State *L)
{
  static const luaL_Reg functions[] = { { "ping", icmp_ping }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
