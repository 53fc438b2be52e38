/* prometheus: read what an exporter says (text-based exposition format 0.0.4), and pick samples by name and labels.
 *
 *   prometheus.read(url, options?) -> samples     asks the exporter; anything but 200 and a page of samples is an expected failure
 *   prometheus.parse(text) -> samples             the same from a text
 *   samples:value(name, labels?) -> number        of the one sample there is; nil when there is none, or it is NaN. Several: a bug of the script
 *   samples:sum(name, labels?) -> number          of all there are; nil when there are none
 *   samples:min(name, labels?) -> number
 *   samples:max(name, labels?) -> number
 *   samples:count(name, labels?) -> number        how many samples there are
 *   samples:list(name, labels?) -> list           a table a sample: value, labels (table), timestamp (seconds since 1970, nil when it has none)
 *
 * Options as for http.get; max_body is 4 MiB unless given. Labels are a table of texts that must be equal, { device = "sda" }; others do not matter. A
 * label that is not there is "". NaN counts in none of sum, min, max and count.
 *
 * Example:
 *   local node = prometheus.read "http://10.0.0.21:9100/metrics"
 *   return {
 *     load1 = node:value "node_load1",
 *     free_bytes = node:value("node_filesystem_avail_bytes", { mountpoint = "/" }),
 *     errors = node:sum "node_network_receive_errs_total",
 *   }
 */
#include <lauxlib.h>
#include <math.h>

#include "core/exposition.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_prometheus(lua_State *L);

#define SAMPLES_TYPE "prometheus samples"
#define BODY_CAP (4 * 1024 * 1024)
#define LABELS_CAP 16

/* The userdata; its user value is the text, a string of Lua's, which does not move. */
struct samples {
  const char *text;
  size_t len;
};

/* ---- picking ---- */

/* What is asked for: arguments 2 and 3 of each method, borrowed from there. */
struct pick {
  const char *name, *labels[LABELS_CAP], *values[LABELS_CAP];
  size_t name_len, label_count;
  struct exposition x;
};

static void begin_pick(lua_State *L, struct pick *p)
{
  const struct samples *samples = luaL_checkudata(L, 1, SAMPLES_TYPE);
  p->name = luaL_checklstring(L, 2, &p->name_len);
  p->label_count = 0;
  exposition_init(&p->x, samples->text, samples->len);
  if (lua_isnoneornil(L, 3))
    return;
  luaL_checktype(L, 3, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, 3, "labels must be texts with names");
    luaL_argcheck(L, p->label_count < LABELS_CAP, 3, "at most 16 labels");
    p->labels[p->label_count] = lua_tostring(L, -2);
    p->values[p->label_count++] = lua_tostring(L, -1);
  }
}

static bool is_picked(const struct pick *p, const struct sample *s)
{
  if (s->name_len != p->name_len || memcmp(s->name, p->name, p->name_len) != 0)
    return false;
  for (size_t i = 0; i < p->label_count; i++)
    if (!sample_has(s, p->labels[i], p->values[i]))
      return false;
  return true;
}

/* The text was read through when it came: there are no faults. */
static bool next_pick(struct pick *p, struct sample *s)
{
  struct err e;
  while (exposition_next(&p->x, s, &e) == EXPOSITION_SAMPLE)
    if (is_picked(p, s))
      return true;
  return false;
}

struct summary {
  size_t count;
  double sum, min, max;
};

static struct summary sum_up(lua_State *L)
{
  struct pick p;
  struct sample s;
  struct summary all = { .min = INFINITY, .max = -INFINITY };
  begin_pick(L, &p);
  while (next_pick(&p, &s)) {
    if (isnan(s.value))
      continue;
    all.count++;
    all.sum += s.value;
    all.min = fmin(all.min, s.value);
    all.max = fmax(all.max, s.value);
  }
  return all;
}

static int push_unless_none(lua_State *L, const struct summary *all, double value)
{
  if (all->count)
    lua_pushnumber(L, value);
  else
    lua_pushnil(L);
  return 1;
}

static int samples_value(lua_State *L)
{
  struct summary all = sum_up(L);
  if (all.count > 1)
    return luaL_error(L, "prometheus: there are %d samples of %s with these labels; name more labels, or use sum, min or max",
                      (int)all.count, lua_tostring(L, 2));
  return push_unless_none(L, &all, all.sum);
}

static int samples_sum(lua_State *L)
{
  struct summary all = sum_up(L);
  return push_unless_none(L, &all, all.sum);
}

static int samples_min(lua_State *L)
{
  struct summary all = sum_up(L);
  return push_unless_none(L, &all, all.min);
}

static int samples_max(lua_State *L)
{
  struct summary all = sum_up(L);
  return push_unless_none(L, &all, all.max);
}

static int samples_count(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)sum_up(L).count);
  return 1;
}

static void push_sample(lua_State *L, const struct sample *s)
{
  struct sample_label label;
  lua_createtable(L, 0, 3);
  lua_pushnumber(L, s->value);
  lua_setfield(L, -2, "value");
  if (s->has_timestamp) {
    lua_pushnumber(L, (double)s->timestamp_ms / 1000.0);
    lua_setfield(L, -2, "timestamp");
  }
  lua_newtable(L);
  for (const char *at = NULL; sample_label_next(s, &at, &label);) {
    lua_pushlstring(L, label.name, label.name_len);
    lua_pushstring(L, label.value);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "labels");
}

static int samples_list(lua_State *L)
{
  struct pick p;
  struct sample s;
  begin_pick(L, &p);
  lua_newtable(L);
  for (lua_Integer i = 1; next_pick(&p, &s); i++) {
    push_sample(L, &s);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

/* ---- reading ---- */

/* From the text at the top of the stack, which is read through once. `what` is for messages. */
static int push_samples(lua_State *L, const char *what)
{
  struct exposition x;
  struct sample s;
  struct err e;
  enum exposition_step step;
  struct samples *samples = lua_newuserdatauv(L, sizeof *samples, 1);
  samples->text = lua_tolstring(L, -2, &samples->len);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, SAMPLES_TYPE);
  exposition_init(&x, samples->text, samples->len);
  do
    step = exposition_next(&x, &s, &e);
  while (step == EXPOSITION_SAMPLE);
  if (step == EXPOSITION_FAULT)
    return op_raise(L, OP_DOWN, "%s: %s", what, e.text);
  return 1;
}

static int prometheus_parse(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  return push_samples(L, "prometheus.parse");
}

/* The response is on top. */
static int after_get(lua_State *L, int status, lua_KContext context)
{
  (void)status;
  (void)context;
  int response = lua_gettop(L);
  lua_getfield(L, response, "expect");
  lua_pushvalue(L, response);
  lua_pushinteger(L, 200);
  lua_call(L, 2, 0);
  lua_getfield(L, response, "what");
  const char *what = lua_tostring(L, -1);
  lua_getfield(L, response, "body");
  return push_samples(L, what);
}

/* The table at index is copied to the top of the stack; not being one, an empty one is pushed. */
static void push_copy(lua_State *L, int index)
{
  lua_newtable(L);
  if (!lua_istable(L, index))
    return;
  for (lua_pushnil(L); lua_next(L, index);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* http.get (the upvalue) asks, with the same options and the format that we read. */
static int prometheus_read(lua_State *L)
{
  luaL_checkstring(L, 1);
  if (!lua_isnoneornil(L, 2))
    luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 1);
  push_copy(L, 2);
  int options = lua_gettop(L);
  if (lua_getfield(L, options, "max_body") == LUA_TNIL) {
    lua_pushinteger(L, BODY_CAP);
    lua_setfield(L, options, "max_body");
  }
  lua_getfield(L, options, "headers");
  push_copy(L, lua_gettop(L));
  lua_pushliteral(L, "text/plain;version=0.0.4");
  lua_setfield(L, -2, "Accept");
  lua_setfield(L, options, "headers");
  lua_settop(L, options);
  lua_callk(L, 2, 1, 0, after_get);
  return after_get(L, LUA_OK, 0);
}

int luaopen_prometheus(lua_State *L)
{
  static const luaL_Reg methods[] = { { "value", samples_value }, { "sum", samples_sum },   { "min", samples_min }, { "max", samples_max },
                                      { "count", samples_count }, { "list", samples_list }, { NULL, NULL } };
  static const luaL_Reg functions[] = { { "parse", prometheus_parse }, { NULL, NULL } };
  luaL_newmetatable(L, SAMPLES_TYPE);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, SAMPLES_TYPE);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  lua_getglobal(L, "http"); /* opened before, see modules.c */
  lua_getfield(L, -1, "get");
  lua_pushcclosure(L, prometheus_read, 1);
  lua_setfield(L, -3, "read");
  lua_pop(L, 1);
  return 1;
}
