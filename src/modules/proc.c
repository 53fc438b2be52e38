/* proc: run a program. An argument vector, never a shell; what it leaves running is ended.
 *
 *   proc.run(argv, options?) -> result     result: code, signal (nil unless one ended it), stdout, stderr, ms, truncated
 *
 * Options: timeout ("5s"), stdin (text), env (table, in addition to PATH, HOME and LANG), cwd ("/"), max_output (bytes, 64 KiB, at most 1 MiB).
 * A program of any exit code is a result; one that cannot be started, or is not done in time, is an expected failure.
 *
 * Example:
 *   local smi = proc.run { "nvidia-smi", "--query-gpu=temperature.gpu", "--format=csv,noheader" }
 *   return { code = smi.code, temperature = tonumber(smi.stdout) }
 */
#include <lauxlib.h>

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

int luaopen_proc(lua_State *L)
{
  static const luaL_Reg functions[] = { { "run", proc_run }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
