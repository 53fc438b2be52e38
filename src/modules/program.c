#include "modules/program.h"

#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "modules/driver.h"
#include "modules/opts.h"

#define ARGUMENTS_CAP 256
#define ENVIRONMENT_CAP 64
#define OUTPUT_CAP 65536
#define OUTPUT_MOST (1024 * 1024)
/** Lines of output that tell what a command did. */
#define TOLD_LINES 20

struct program {
  struct op op;
  struct child *child;
  char *what;
  int64_t began_us, timeout_ms;
  program_fn fn;
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
  char what[256];
  const struct program_end end = { .what = what, .result = p->result, .ms = (double)(clock_mono_us() - p->began_us) / 1000.0 };
  int64_t timeout_ms = p->timeout_ms;
  program_fn fn = p->fn;
  snprintf(what, sizeof what, "%s", p->what);
  free_program(p);
  if (end.result->timed_out)
    return op_raise(L, OP_DOWN, "%s: not done after %.3g s; it was ended", what, (double)timeout_ms / 1000);
  return fn(L, &end);
}

static void on_result(void *arg, const struct child_result *result)
{
  struct program *p = arg;
  p->result = result;
  op_ready(&p->op);
}

int program_start(lua_State *L, const char *function, const struct child_command *command, program_fn fn)
{
  struct child_command bounded = *command;
  struct err e;
  int64_t left_ms = op_time_left_ms(L);
  if (bounded.timeout_ms > left_ms)
    bounded.timeout_ms = left_ms;
  struct program *p = MEM_NEW(struct program);
  p->began_us = clock_mono_us();
  p->child = child_start(op_env(L)->loop, &bounded, on_result, p, &e);
  if (!p->child) {
    free(p);
    return op_raise(L, OP_DOWN, "%s: %s", function, e.text);
  }
  p->op.finish = finish;
  p->op.cancel = cancel;
  p->op.what = p->what = mem_printf("%s %.200s", function, bounded.argv[0]);
  p->timeout_ms = bounded.timeout_ms;
  p->fn = fn;
  return op_wait(L, &p->op);
}

/* The texts stay borrowed from the table, which keeps them. */
static void read_arguments(lua_State *L, int index, const char **argv)
{
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, index);
  luaL_argcheck(L, n > 0 && n < ARGUMENTS_CAP, index, "a list of the program and its arguments is needed");
  for (lua_Unsigned i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TSTRING, index, "arguments must be texts");
    argv[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  argv[n] = NULL;
}

/* "NAME=value", which stay on the script's stack. */
static void read_environment(lua_State *L, int index, const char **env)
{
  size_t n = 0;
  env[0] = NULL;
  if (!lua_istable(L, index) || lua_getfield(L, index, "env") == LUA_TNIL)
    return;
  luaL_argcheck(L, lua_istable(L, -1), index, "env must be a table");
  int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_isstring(L, -1) && n < ENVIRONMENT_CAP - 1, index,
                  "env must be texts with names, at most 63");
    luaL_checkstack(L, 4, "too large an environment");
    env[n++] = lua_pushfstring(L, "%s=%s", lua_tostring(L, -2), lua_tostring(L, -1));
    lua_insert(L, -3);
    lua_pop(L, 1);
  }
  env[n] = NULL;
}

static const char *const known[] = { "timeout", "stdin", "env", "cwd", "max_output" };

void program_check(lua_State *L, const char *function, int index)
{
  const char *argv[ARGUMENTS_CAP];
  read_arguments(L, index, argv);
  opts_check(L, index + 1, function, known, ARRAY_LEN(known));
}

int program_run(lua_State *L, const char *function, int index, program_fn fn)
{
  const char *argv[ARGUMENTS_CAP], *env[ENVIRONMENT_CAP];
  op_check_running(L);
  read_arguments(L, index, argv);
  opts_check(L, index + 1, function, known, ARRAY_LEN(known));
  int64_t left_ms = op_time_left_ms(L);
  const char *input = opts_text(L, index + 1, "stdin");
  struct child_command command = {
    .argv = (char *const *)(uintptr_t)argv,
    .env = env,
    .cwd = opts_text(L, index + 1, "cwd"),
    .input = input,
    .input_len = input ? strlen(input) : 0,
    .output_cap = (size_t)opts_number(L, index + 1, "max_output", OUTPUT_CAP, 0, OUTPUT_MOST),
    .timeout_ms = op_opt_duration(L, index + 1, "timeout", left_ms > 20 ? left_ms - 10 : left_ms),
  };
  read_environment(L, index + 1, env);
  return program_start(L, function, &command, fn);
}

const char *program_complaint(const struct child_result *result, int *len)
{
  const char *text = result->errors + strspn(result->errors, " \t\r\n");
  if (!*text)
    text = result->out + strspn(result->out, " \t\r\n");
  *len = (int)strcspn(text, "\r\n");
  return text;
}

int program_push(lua_State *L, const struct program_end *end)
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

int program_push_command(lua_State *L, const struct program_end *end, int asked)
{
  const struct child_result *r = end->result;
  int len;
  const char *said = program_complaint(r, &len), *out = r->out_len ? r->out : r->errors;
  size_t out_len = r->out_len ? r->out_len : r->errors_len;
  if (r->signal)
    return op_raise(L, OP_DOWN, "%s: ended by signal %d", end->what, r->signal);
  if (r->code)
    return op_raise(L, OP_DOWN, "%s: exit code %d%s%.*s", end->what, r->code, len ? ": " : "", len < 500 ? len : 500, said);
  if (!lua_isnoneornil(L, asked))
    return driver_push_log(L, out, out_len, driver_lines(L, asked));
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, r->code);
  lua_setfield(L, -2, "code");
  lua_pushnumber(L, end->ms);
  lua_setfield(L, -2, "ms");
  driver_push_log(L, out, out_len, TOLD_LINES);
  lua_setfield(L, -2, "output");
  return 1;
}
