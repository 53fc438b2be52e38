/* dns: questions to name servers.
 *
 *   dns.query(name, type?, options?) -> records    type: "A" (default), "AAAA", "CNAME", "MX", "NS", "PTR", "SRV" or "TXT"
 *
 * Options: server ("192.0.2.1", "192.0.2.1:5353" or a list of them; otherwise those of this machine), timeout ("3s"). No cache of Signalbox's is
 * asked. The records are a list, at most 200, with a field ms (how long the answer took); each has name, ttl (seconds) and, by type, address (A, AAAA),
 * host (CNAME, MX, NS, PTR, SRV), priority (MX, SRV), weight and port (SRV), text (TXT).
 *
 * A name that is not there and one without such a record are expected failures. When no server answers, or none that knows, then the server that was
 * named is down; with this machine's own servers nothing is known (no data).
 *
 * Example:
 *   local mail = dns.query("example.org", "MX", { server = "10.0.0.2" })
 *   return { mail_hosts = #mail, first = mail[1].host, dns_ms = mail.ms }
 */
#include <lauxlib.h>

#include "base/mem.h"
#include "loop/dns.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_dns(lua_State *L);

#define TIMEOUT_MS 3000
#define SERVERS_CAP 8

struct question {
  struct op op;
  struct dns_query *query;
  char *what;
  int type;
  bool own_servers;                /* this machine's */
  const struct dns_answer *answer; /* valid while its callback is on the stack, which is where finish runs */
  struct err why;
};

static void free_question(struct question *q)
{
  free(q->what);
  free(q);
}

static void cancel(struct op *op)
{
  struct question *q = CONTAINER_OF(op, struct question, op);
  dns_cancel(q->query);
  free_question(q);
}

static void set_text(lua_State *L, const char *key, const char *text)
{
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, lua_Integer number)
{
  lua_pushinteger(L, number);
  lua_setfield(L, -2, key);
}

static void push_record(lua_State *L, const struct dns_record *r, int type)
{
  bool address = type == dns_type("A") || type == dns_type("AAAA"), service = type == dns_type("SRV");
  lua_createtable(L, 0, 6);
  set_text(L, "name", r->name);
  set_number(L, "ttl", r->ttl_s);
  set_text(L, address ? "address" : type == dns_type("TXT") ? "text" : "host", r->text);
  if (service || type == dns_type("MX"))
    set_number(L, "priority", r->priority);
  if (service) {
    set_number(L, "weight", r->weight);
    set_number(L, "port", r->port);
  }
}

static int finish(lua_State *L, struct op *op)
{
  struct question *q = CONTAINER_OF(op, struct question, op);
  const struct dns_answer *answer = q->answer;
  struct err why = q->why;
  bool own_servers = q->own_servers;
  int type = q->type;
  char what[256];
  snprintf(what, sizeof what, "%s", q->what);
  free_question(q);
  if (answer->outcome != DNS_ANSWER)
    return op_raise(L, answer->outcome == DNS_FAILED && own_servers ? OP_NO_DATA : OP_DOWN, "%s: %s", what, why.text);
  lua_createtable(L, (int)answer->count, 1);
  for (size_t i = 0; i < answer->count; i++) {
    push_record(L, &answer->records[i], type);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushnumber(L, answer->ms);
  lua_setfield(L, -2, "ms");
  return 1;
}

static void on_answer(void *arg, const struct dns_answer *answer, const struct err *why)
{
  struct question *q = arg;
  q->answer = answer;
  q->why = *why;
  op_ready(&q->op);
}

/* "a,b" of t.server, a text or a list; left on the script's stack. NULL: this machine's own. */
static const char *read_servers(lua_State *L, int index)
{
  if (!lua_istable(L, index) || lua_getfield(L, index, "server") == LUA_TNIL)
    return NULL;
  if (lua_type(L, -1) == LUA_TSTRING)
    return lua_tostring(L, -1);
  luaL_argcheck(L, lua_istable(L, -1), index, "server must be an address or a list of them");
  int list = lua_gettop(L);
  lua_Integer n = (lua_Integer)lua_rawlen(L, list);
  luaL_argcheck(L, n >= 1 && n <= SERVERS_CAP, index, "server must hold from 1 to 8 addresses");
  lua_pushliteral(L, "");
  for (lua_Integer i = 1; i <= n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, list, i) == LUA_TSTRING, index, "server must hold texts");
    lua_pushfstring(L, "%s%s%s", lua_tostring(L, -2), i > 1 ? "," : "", lua_tostring(L, -1));
    lua_replace(L, list + 1);
    lua_settop(L, list + 1);
  }
  return lua_tostring(L, -1);
}

static int dns_question(lua_State *L)
{
  static const char *const known[] = { "server", "timeout" };
  struct err e;
  op_check_running(L);
  const char *name = luaL_checkstring(L, 1);
  const char *type = lua_istable(L, 2) ? "A" : luaL_optstring(L, 2, "A");
  int index = lua_istable(L, 2) ? 2 : 3;
  luaL_argcheck(L, dns_type(type) >= 0, 2, "a type is one of A, AAAA, CNAME, MX, NS, PTR, SRV, TXT");
  luaL_argcheck(L, *name && strlen(name) <= 255, 1, "a name is needed");
  opts_check(L, index, "dns.query", known, ARRAY_LEN(known));
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, index, "timeout", TIMEOUT_MS);
  const char *servers = read_servers(L, index);
  struct question *q = MEM_NEW(struct question);
  q->op.finish = finish;
  q->op.cancel = cancel;
  q->op.what = q->what = mem_printf("dns.query %.150s %s", name, type);
  q->type = dns_type(type);
  q->own_servers = !servers;
  q->op.remote = op_is_remote(servers);
  q->query = dns_ask(op_env(L)->loop, name, q->type, servers, timeout_ms < left_ms ? timeout_ms : left_ms, on_answer, q, &e);
  if (q->query)
    return op_wait(L, &q->op);
  free_question(q);
  return luaL_error(L, "dns.query: %s", e.text);
}

int luaopen_dns(lua_State *L)
{
  static const luaL_Reg functions[] = { { "query", dns_question }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
