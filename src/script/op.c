#include "script/op.h"

#include <lauxlib.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/json.h"
#include "core/declaration.h"
#include "script/run_internal.h"

static void note_operation(struct run *run, const struct op *op)
{
  json_t *note = json_object();
  json_set_text(note, "what", op->what);
  json_object_set_new(note, "ms", json_real((double)(clock_mono_us() - run->op_began_us) / 1000.0));
  json_array_append_new(run->trace, note);
}

/* Wakes up on the run's own stack, within its budget and its pcalls. Some memory is lent for the results. */
static int wake(lua_State *L, int status, lua_KContext context)
{
  (void)status;
  (void)context;
  struct run *run = script_context_of(L)->run;
  struct op *op = run->pending;
  run->pending = NULL;
  if (run->trace)
    note_operation(run, op);
  run->script->vm.lent = VM_LENT_CAP;
  run->is_remote = op->remote;
  int results = op->finish(L, op);
  run->reached = run->reached || run->is_remote;
  return results;
}

bool op_is_remote(const char *host)
{
  size_t n = host ? strlen(host) : 0;
  return n && host[0] != '/' && host[0] != '@' && strcmp(host, "localhost") != 0 && strncmp(host, "127.", 4) != 0 &&
         strcmp(host, "::1") != 0 && !(n > 10 && strcmp(host + n - 10, ".localhost") == 0);
}

/* Between "//" and what follows the host, without a user. No parser: a URL that is none is refused elsewhere. */
bool op_is_remote_url(const char *url)
{
  char host[256];
  const char *from = strstr(url, "://");
  if (!from)
    return false;
  from += 3;
  size_t n = strcspn(from, "/?#");
  const char *user = memrchr(from, '@', n);
  if (user) {
    n -= (size_t)(user + 1 - from);
    from = user + 1;
  }
  bool six = *from == '[';
  from += six;
  n = strcspn(from, six ? "]" : ":/?#") < n ? strcspn(from, six ? "]" : ":/?#") : n;
  snprintf(host, sizeof host, "%.*s", (int)n, from);
  return op_is_remote(host);
}

int op_wait(lua_State *L, struct op *op)
{
  struct run *run = script_context_of(L)->run;
  assert(run && !run->pending && op->what && op->finish && op->cancel);
  op->run = run;
  run->pending = op;
  if (run->trace)
    run->op_began_us = clock_mono_us();
  return lua_yieldk(L, 0, 0, wake);
}

void op_ready(struct op *op)
{
  run_wake(op->run);
}

void op_check_running(lua_State *L)
{
  struct run *run = script_context_of(L)->run;
  if (!run)
    luaL_error(L, "I/O is possible inside probe and the like, not while the file is being read");
  else if (run->judging)
    luaL_error(L, "judge must be pure: measure in probe, decide in judge");
  else if (!lua_isyieldable(L))
    luaL_error(L, "I/O is not possible inside a sort comparator, a gsub callback or a metamethod");
}

static int message_of(lua_State *L)
{
  lua_getfield(L, 1, "message");
  return 1;
}

static int raise_table(lua_State *L, enum op_failure kind, const char *text, int code)
{
  struct run *run = script_context_of(L)->run;
  if (run && kind == OP_DOWN)
    run->unreached = run->unreached || run->is_remote;
  lua_createtable(L, 0, 3);
  lua_pushstring(L, text);
  lua_setfield(L, -2, "message");
  lua_pushboolean(L, kind == OP_NO_DATA);
  lua_setfield(L, -2, "no_data");
  if (code) {
    lua_pushinteger(L, code);
    lua_setfield(L, -2, "code");
  }
  if (luaL_newmetatable(L, "expected failure")) {
    lua_pushcfunction(L, message_of);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "expected failure");
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return lua_error(L);
}

int op_raise(lua_State *L, enum op_failure kind, const char *format, ...)
{
  va_list args;
  char text[1024];
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return raise_table(L, kind, text, 0);
}

int op_raise_code(lua_State *L, enum op_failure kind, int code, const char *format, ...)
{
  va_list args;
  char text[1024];
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return raise_table(L, kind, text, code);
}

void op_progress(lua_State *L, const char *text)
{
  const struct run *run = script_context_of(L)->run;
  if (run && !run->service && op_env(L)->on_progress)
    op_env(L)->on_progress(run->arg, text);
}

bool op_is_send(lua_State *L)
{
  const struct run *run = script_context_of(L)->run;
  return run && strcmp(run->what, "send") == 0;
}

struct script_env *op_env(lua_State *L)
{
  return script_context_of(L)->script->env;
}

int64_t op_time_left_ms(lua_State *L)
{
  struct run *run = script_context_of(L)->run;
  int64_t left = run ? run->timeout_ms - (clock_mono_us() - run->began_us) / 1000 : 0;
  return left > 1 ? left : 1;
}

int64_t op_opt_duration(lua_State *L, int table, const char *key, int64_t otherwise)
{
  if (!lua_istable(L, table))
    return otherwise;
  int64_t ms = -1;
  struct err e = { "must be a duration such as \"5s\"" };
  bool good = true;
  switch (lua_getfield(L, table, key)) {
  case LUA_TNIL: ms = otherwise; break;
  case LUA_TNUMBER: ms = (int64_t)(lua_tonumber(L, -1) * 1000); break;
  case LUA_TSTRING: good = duration_parse(lua_tostring(L, -1), &ms, &e); break;
  }
  lua_pop(L, 1);
  if (!good || ms <= 0)
    luaL_error(L, "%s: %s", key, e.text);
  return ms;
}

void op_hold(lua_State *L, struct held *held)
{
  struct run *run = script_context_of(L)->run;
  held->next = run->held;
  held->link = &run->held;
  if (run->held)
    run->held->link = &held->next;
  run->held = held;
}

void op_let_go(struct held *held)
{
  if (!held->link)
    return;
  *held->link = held->next;
  if (held->next)
    held->next->link = held->link;
  held->link = NULL;
}

const char *op_who(lua_State *L)
{
  struct script_context *context = script_context_of(L);
  return context->run ? context->run->name : context->script->file;
}
