/* proc: run a program. An argument vector, never a shell; what it leaves running is ended.
 *
 *   proc.run(argv, options?) -> result        result: code, signal (nil unless one ended it), stdout, stderr, ms, truncated
 *   proc.command(argv, options?) -> driver    for `restart`: an exit code other than 0 is an expected failure; returns code, output and ms. For `logs`: the
 *                                             last lines of what it prints; an argument "{lines}" is how many are asked for
 *
 * Options: timeout ("5s"), stdin (text), env (table, in addition to PATH, HOME and LANG), cwd ("/"), max_output (bytes, 64 KiB, at most 1 MiB).
 * A program of any exit code is a result; one that cannot be started, or is not done in time, is an expected failure.
 *
 * Example:
 *   local smi = proc.run { "nvidia-smi", "--query-gpu=temperature.gpu", "--format=csv,noheader" }
 *   return { code = smi.code, temperature = tonumber(smi.stdout) }
 */
#include <lauxlib.h>

#include "modules/driver.h"
#include "modules/program.h"

int luaopen_proc(lua_State *L);

static int push_result(lua_State *L, const struct program_end *end)
{
  const struct child_result *r = end->result;
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, r->code);
  lua_setfield(L, -2, "code");
  if (r->signal) {
    lua_pushinteger(L, r->signal);
    lua_setfield(L, -2, "signal");
  }
  lua_pushlstring(L, r->out, r->out_len);
  lua_setfield(L, -2, "stdout");
  lua_pushlstring(L, r->errors, r->errors_len);
  lua_setfield(L, -2, "stderr");
  lua_pushnumber(L, end->ms);
  lua_setfield(L, -2, "ms");
  lua_pushboolean(L, r->truncated);
  lua_setfield(L, -2, "truncated");
  return 1;
}

static int proc_run(lua_State *L)
{
  return program_run(L, "proc.run", 1, push_result);
}

/* What a command is run with: what it was asked for, how, and its upvalues. */
enum { ASKED = 1, ARGV, OPTIONS };

/** Lines of output that tell what a command did. */
#define TOLD_LINES 20

static int end_command(lua_State *L, const struct program_end *end)
{
  const struct child_result *r = end->result;
  int len;
  const char *said = program_complaint(r, &len), *out = r->out_len ? r->out : r->errors;
  size_t out_len = r->out_len ? r->out_len : r->errors_len;
  if (r->signal)
    return op_raise(L, OP_DOWN, "%s: ended by signal %d", end->what, r->signal);
  if (r->code)
    return op_raise(L, OP_DOWN, "%s: exit code %d%s%.*s", end->what, r->code, len ? ": " : "", len < 500 ? len : 500, said);
  if (!lua_isnoneornil(L, ASKED))
    return driver_push_log(L, out, out_len, driver_lines(L, ASKED));
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, r->code);
  lua_setfield(L, -2, "code");
  lua_pushnumber(L, end->ms);
  lua_setfield(L, -2, "ms");
  driver_push_log(L, out, out_len, TOLD_LINES);
  lua_setfield(L, -2, "output");
  return 1;
}

/* A driver's `run`. Upvalues: argv, options. */
static int run_command(lua_State *L)
{
  lua_settop(L, ASKED);
  driver_push_argv(L, lua_upvalueindex(1), ASKED);
  lua_pushvalue(L, lua_upvalueindex(2));
  return program_run(L, "proc.command", ARGV, end_command);
}

static int proc_command(lua_State *L)
{
  lua_settop(L, 2);
  program_check(L, "proc.command", 1);
  lua_rawgeti(L, 1, 1);
  const char *program = lua_tostring(L, -1);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, run_command, 2);
  driver_push(L, "proc", program);
  return 1;
}

int luaopen_proc(lua_State *L)
{
  static const luaL_Reg functions[] = { { "run", proc_run }, { "command", proc_command }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
