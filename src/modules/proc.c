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

#include "base/clock.h"
#include "base/mem.h"
#include "loop/child.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_proc(lua_State *L);

#define ARGUMENTS_CAP 256
#define ENVIRONMENT_CAP 64
#define OUTPUT_CAP 65536
#define OUTPUT_MOST (1024 * 1024)

struct program {
  struct op op;
  struct child *child;
  char *what;
  int64_t began_us, timeout_ms;
  const struct child_result *result; /* valid while its callback is on the stack, which is where finish runs */
};

static void free_program(struct program *p)
{
  free(p->what);
  free(p);
}

static void cancel(struct op *op)
{
  struct program *p = CONTAINER_OF(op, struct program, op);
  child_cancel(p->child);
  free_program(p);
}

static int finish(lua_State *L, struct op *op)
{
  struct program *p = CONTAINER_OF(op, struct program, op);
  const struct child_result *r = p->result;
  double ms = (double)(clock_mono_us() - p->began_us) / 1000.0;
  int64_t timeout_ms = p->timeout_ms;
  char what[256];
  snprintf(what, sizeof what, "%s", p->what);
  free_program(p);
  if (r->timed_out)
    return op_raise(L, OP_DOWN, "%s: not done after %.3g s; it was ended", what, (double)timeout_ms / 1000);
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
  lua_pushnumber(L, ms);
  lua_setfield(L, -2, "ms");
  lua_pushboolean(L, r->truncated);
  lua_setfield(L, -2, "truncated");
  return 1;
}

static void on_result(void *arg, const struct child_result *result)
{
  struct program *p = arg;
  p->result = result;
  op_ready(&p->op);
}

/* The texts stay borrowed from the table, which keeps them. */
static void read_arguments(lua_State *L, const char **argv)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_argcheck(L, n > 0 && n < ARGUMENTS_CAP, 1, "a list of the program and its arguments is needed");
  for (lua_Unsigned i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, 1, (lua_Integer)i + 1) == LUA_TSTRING, 1, "arguments must be texts");
    argv[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  argv[n] = NULL;
}

/* "NAME=value", which stay on the script's stack. */
static void read_environment(lua_State *L, const char **env)
{
  size_t n = 0;
  env[0] = NULL;
  if (!lua_istable(L, 2) || lua_getfield(L, 2, "env") == LUA_TNIL)
    return;
  luaL_argcheck(L, lua_istable(L, -1), 2, "env must be a table");
  int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_isstring(L, -1) && n < ENVIRONMENT_CAP - 1, 2,
                  "env must be texts with names, at most 63");
    env[n++] = lua_pushfstring(L, "%s=%s", lua_tostring(L, -2), lua_tostring(L, -1));
    lua_insert(L, -3);
    lua_pop(L, 1);
  }
  env[n] = NULL;
}

static int proc_run(lua_State *L)
{
  static const char *const known[] = { "timeout", "stdin", "env", "cwd", "max_output" };
  const char *argv[ARGUMENTS_CAP], *env[ENVIRONMENT_CAP];
  struct err e;
  op_check_running(L);
  read_arguments(L, argv);
  opts_check(L, 2, "proc.run", known, ARRAY_LEN(known));
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, 2, "timeout", left_ms > 20 ? left_ms - 10 : left_ms);
  const char *input = opts_text(L, 2, "stdin");
  struct child_command command = {
    .argv = (char *const *)(uintptr_t)argv,
    .env = env,
    .cwd = opts_text(L, 2, "cwd"),
    .input = input,
    .input_len = input ? strlen(input) : 0,
    .output_cap = (size_t)opts_number(L, 2, "max_output", OUTPUT_CAP, 0, OUTPUT_MOST),
    .timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms,
  };
  read_environment(L, env);
  struct program *p = MEM_NEW(struct program);
  p->began_us = clock_mono_us();
  p->child = child_start(op_env(L)->loop, &command, on_result, p, &e);
  if (!p->child) {
    free(p);
    return op_raise(L, OP_DOWN, "proc.run: %s", e.text);
  }
  p->op.finish = finish;
  p->op.cancel = cancel;
  p->op.what = p->what = mem_printf("proc.run %.200s", argv[0]);
  p->timeout_ms = command.timeout_ms;
  return op_wait(L, &p->op);
}

int luaopen_proc(lua_State *L)
{
  static const luaL_Reg functions[] = { { "run", proc_run }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
