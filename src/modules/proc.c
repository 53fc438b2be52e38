/* proc: run a program. An argument vector, never a shell; what it leaves running is ended.
 *
 *   proc.run(argv, options?) -> result        result: code, signal (nil unless one ended it), stdout, stderr, ms, truncated
 *   proc.command(argv, options?) -> driver    for `restart`: an exit code other than 0 is an expected failure; returns code, output and ms. For `logs`: the
 *                                             last lines of what it prints; an argument "{lines}" is how many are asked for
 *
 * Options: timeout ("5s"), stdin (text), env (table, in addition to PATH, HOME and LANG), cwd ("/"), max_output (bytes, 64 KiB, at most 1 MiB).
 * A program of any exit code is a result; one that cannot be started, or is not done in time, is an expected failure. Whether a program asks another
 * machine is not known here. So the look at this machine's own network, which turns an outage of remote services into no data when it is our network
 * that is gone, does not cover what programs say: where that matters, let the same probe first reach that machine by a module (tcp.ping, icmp.ping).
 *
 * Example:
 *   local smi = proc.run { "nvidia-smi", "--query-gpu=temperature.gpu", "--format=csv,noheader" }
 *   return { code = smi.code, temperature = tonumber(smi.stdout) }
 */
#include <lauxlib.h>

#include "modules/driver.h"
#include "modules/program.h"

int luaopen_proc(lua_State *L);

static int proc_run(lua_State *L)
{
  return program_run(L, "proc.run", 1, program_push);
}

/* What a command is run with: what it was asked for, how, and its upvalues. */
enum { ASKED = 1, ARGV, OPTIONS };

static int end_command(lua_State *L, const struct program_end *end)
{
  return program_push_command(L, end, ASKED);
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
