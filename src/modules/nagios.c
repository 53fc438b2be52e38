/* nagios: run a monitoring plugin (Nagios, Icinga, monitoring-plugins): its exit code is a status, its performance data are measures.
 *
 *   nagios.run(argv, options?) -> result     code (0, 1 or 2), status ("healthy", "degraded" or "down"), output (its first line), long_output,
 *                                            ms, perfdata: a list of { label, value, unit, warn, crit, min, max }
 *   nagios.probe(argv, options?) -> probe    a function for `probe`: the measures code, output and ms, and each datum by its label
 *   nagios.judge(measures) -> verdict        a function for `judge`: the plugin's own verdict with its own words
 *
 * Options as for proc.run: timeout, stdin, env, cwd, max_output. Exit code 3 (unknown) says that the plugin could not find out, any other code or a
 * signal that it is broken, and one that is not there cannot be asked: these are no data. One that is not done in time is an expected failure. Of
 * performance data, what cannot be read is left out, and more than 100 are not looked at. Whom a plugin asks is not known here: one that reaches out
 * is believed also when this machine has lost its own network, see proc.
 *
 * Example:
 *   service {
 *     name = "load",
 *     probe = nagios.probe { "/usr/lib/nagios/plugins/check_load", "-w", "8,6,4", "-c", "16,12,8" },
 *     judge = nagios.judge,
 *   }
 */
#include <errno.h>
#include <lauxlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/plugin.h"
#include "core/status.h"
#include "modules/program.h"

int luaopen_nagios(lua_State *L);

#define DATA_CAP 100
#define OUTPUT_SHOWN 500

/* By exit code; 3 is unknown. */
static const enum status statuses[] = { STATUS_HEALTHY, STATUS_DEGRADED, STATUS_DOWN };

static void set_text(lua_State *L, const char *key, const char *text)
{
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

/* What its exit code says; raises when that is nothing. */
static enum status verdict_of(lua_State *L, const struct program_end *end)
{
  const struct child_result *r = end->result;
  int len;
  const char *said = program_complaint(r, &len);
  len = len < OUTPUT_SHOWN ? len : OUTPUT_SHOWN;
  if (!r->signal && r->code >= 0 && r->code < (int)ARRAY_LEN(statuses))
    return statuses[r->code];
  if (r->signal)
    op_raise(L, OP_NO_DATA, "%s: ended by signal %d", end->what, r->signal);
  else if (r->code == (int)ARRAY_LEN(statuses))
    op_raise(L, OP_NO_DATA, "%s: unknown: %.*s", end->what, len, said);
  else
    op_raise(L, OP_NO_DATA, "%s: exit code %d is none of a monitoring plugin: %.*s", end->what, r->code, len, said);
  return STATUS_NO_DATA;
}

/* The output, taken apart, on the script's stack: released when it is collected, whatever raises. */
struct box {
  struct plugin_output output;
};

static int free_box(lua_State *L)
{
  struct box *box = lua_touserdata(L, 1);
  plugin_output_done(&box->output);
  box->output = (struct plugin_output){ 0 };
  return 0;
}

static const struct plugin_output *read_output(lua_State *L, const struct child_result *r)
{
  struct box *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (struct box){ 0 };
  if (luaL_newmetatable(L, "nagios output")) {
    lua_pushcfunction(L, free_box);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  plugin_output_read(r->out, r->out_len, &box->output);
  return &box->output;
}

static void push_perfdata(lua_State *L, const char *perfdata)
{
  struct perfdatum d;
  lua_newtable(L);
  for (int i = 1; i <= DATA_CAP && perfdatum_next(&perfdata, &d); i++) {
    const struct {
      const char *key, *text;
    } texts[] = { { "label", d.label }, { "unit", d.unit }, { "warn", d.warn }, { "crit", d.crit }, { "min", d.min }, { "max", d.max } };
    lua_createtable(L, 0, ARRAY_LEN(texts) + 1);
    lua_pushnumber(L, d.value);
    lua_setfield(L, -2, "value");
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
      if (texts[k].text[0])
        set_text(L, texts[k].key, texts[k].text);
    lua_rawseti(L, -2, i);
  }
}

static int push_result(lua_State *L, const struct program_end *end)
{
  enum status status = verdict_of(L, end);
  const struct plugin_output *o = read_output(L, end->result);
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, end->result->code);
  lua_setfield(L, -2, "code");
  set_text(L, "status", status_name(status));
  set_text(L, "output", o->text);
  set_text(L, "long_output", o->long_text);
  lua_pushnumber(L, end->ms);
  lua_setfield(L, -2, "ms");
  push_perfdata(L, o->perfdata);
  lua_setfield(L, -2, "perfdata");
  return 1;
}

/* Our own names last: they are what the judge looks at. */
static int push_measures(lua_State *L, const struct program_end *end)
{
  struct perfdatum d;
  verdict_of(L, end);
  const struct plugin_output *o = read_output(L, end->result);
  const char *perfdata = o->perfdata;
  lua_newtable(L);
  for (int i = 0; i < DATA_CAP && perfdatum_next(&perfdata, &d); i++) {
    lua_pushnumber(L, d.value);
    lua_setfield(L, -2, d.label);
  }
  lua_pushinteger(L, end->result->code);
  lua_setfield(L, -2, "code");
  set_text(L, "output", o->text);
  lua_pushnumber(L, end->ms);
  lua_setfield(L, -2, "ms");
  return 1;
}

/* A plugin that is not there, or may not be executed, says nothing about the service. */
static void check_there(lua_State *L, int index)
{
  if (!lua_istable(L, index) || lua_rawgeti(L, index, 1) != LUA_TSTRING)
    return; /* program_run has a sentence for it */
  const char *path = lua_tostring(L, -1);
  if (strchr(path, '/') && access(path, X_OK) != 0)
    op_raise(L, OP_NO_DATA, "nagios: %s cannot be executed: %s", path, strerror(errno));
  lua_pop(L, 1);
}

static int nagios_run(lua_State *L)
{
  check_there(L, 1);
  return program_run(L, "nagios.run", 1, push_result);
}

static int run_probe(lua_State *L)
{
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  check_there(L, 1);
  return program_run(L, "nagios", 1, push_measures);
}

static int nagios_probe(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushcclosure(L, run_probe, 2);
  return 1;
}

static int nagios_judge(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "code");
  lua_Integer code = luaL_checkinteger(L, -1);
  luaL_argcheck(L, code >= 0 && code < (lua_Integer)ARRAY_LEN(statuses), 1, "code must be 0, 1 or 2, as nagios.probe returns it");
  lua_createtable(L, 0, 2);
  set_text(L, "status", status_name(statuses[code]));
  if (code > 0) {
    lua_getfield(L, 1, "output");
    lua_setfield(L, -2, "why");
  }
  return 1;
}

int luaopen_nagios(lua_State *L)
{
  static const luaL_Reg functions[] = { { "run", nagios_run }, { "probe", nagios_probe }, { "judge", nagios_judge }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
