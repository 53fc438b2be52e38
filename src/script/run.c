#include "script/run.h"

#include <lauxlib.h>
#include <math.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/message.h"
#include "script/json_value.h"
#include "script/run_internal.h"
#include "script/watchdog.h"

/** Most measures of one run. */
#define MEASURES_CAP 200
/** Most of the body that a channel returns, bytes. */
#define SEND_BODY_CAP 4096

static struct run *all; /* every run that has no outcome yet */

static void link_run(struct run *run)
{
  run->next = all;
  run->link = &all;
  if (all)
    all->link = &run->next;
  all = run;
}

static void unlink_run(struct run *run)
{
  *run->link = run->next;
  if (run->next)
    run->next->link = run->link;
}

static void free_run(uv_handle_t *timer)
{
  struct run *run = CONTAINER_OF(timer, struct run, timer);
  free(run->what);
  free(run);
}

/* Releases everything but the struct, which goes when its timer has closed. */
static void close_run(struct run *run)
{
  unlink_run(run);
  if (run->pending) {
    struct op *op = run->pending;
    run->pending = NULL;
    op->cancel(op);
  }
  while (run->held) {
    struct held *held = run->held;
    op_let_go(held);
    held->release(held);
  }
  luaL_unref(run->script->vm.L, LUA_REGISTRYINDEX, run->thread);
  json_decref(run->measures);
  json_decref(run->answer);
  json_decref(run->trace);
  script_let_go(run->script);
  uv_close((uv_handle_t *)&run->timer, free_run);
}

static void finish(struct run *run, enum status status, const char *error)
{
  struct run_outcome outcome = { .status = status,
                                 .error = error,
                                 .measures = run->measures,
                                 .latency_ms = run->latency_ms,
                                 .answer = run->answer,
                                 .reached = run->reached,
                                 .unreached = run->unreached,
                                 .trace = run->trace };
  run->done(run->arg, &outcome);
  close_run(run);
}

static void finish_no_data(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);
static void finish_no_data(struct run *run, const char *format, ...)
{
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  finish(run, STATUS_NO_DATA, text);
}

/* t[key] without metamethods: what a script returned or raised must not run its code here. */
static int raw_field(lua_State *L, int table, const char *key)
{
  table = lua_absindex(L, table);
  lua_pushstring(L, key);
  return lua_rawget(L, table);
}

/* One value of the table that the probe returned; NULL when it is no measure. */
static json_t *measure_at(lua_State *L, int index)
{
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN: return json_boolean(lua_toboolean(L, index));
  case LUA_TSTRING: return json_string_from(lua_tostring(L, index), lua_rawlen(L, index));
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      return json_integer(lua_tointeger(L, index));
    return isfinite(lua_tonumber(L, index)) ? json_real(lua_tonumber(L, index)) : NULL;
  default: return NULL;
  }
}

/* The probe's answer: nothing, or a flat table. */
static bool read_measures(struct run *run, int results, struct err *e)
{
  lua_State *L = run->co;
  run->measures = json_object();
  if (results == 0 || lua_isnil(L, -results))
    return true;
  if (!lua_istable(L, -results))
    return err_set(e, "the probe returned a %s; it should return a table of measures", luaL_typename(L, -results));
  int table = lua_gettop(L) - results + 1;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    bool named = lua_type(L, -2) == LUA_TSTRING;
    json_t *value = named ? measure_at(L, -1) : NULL;
    if (!value)
      return err_set(e, "the measure %s is a %s; measures are numbers, texts and booleans with a name", named ? lua_tostring(L, -2) : "?",
                     luaL_typename(L, -1));
    json_object_set_new(run->measures, lua_tostring(L, -2), value);
    if (json_object_size(run->measures) > MEASURES_CAP)
      return err_set(e, "the probe returned more than %d measures", MEASURES_CAP);
  }
  return true;
}

static void judged_by_limits(struct run *run)
{
  struct err why = { "" };
  enum status status = limits_judge(run->service->limits, run->service->limit_count, run->measures, &why);
  finish(run, status, why.text[0] ? why.text : NULL);
}

/* The judge's answer: nil, a status word, or a verdict table. */
static void judged_by_script(struct run *run, int results)
{
  lua_State *L = run->co;
  enum status status = STATUS_HEALTHY;
  const char *word = "healthy", *why = NULL;
  if (results && lua_istable(L, -results)) {
    int table = lua_gettop(L) - results + 1;
    raw_field(L, table, "status");
    raw_field(L, table, "why");
    word = lua_tostring(L, -2);
    why = lua_tostring(L, -1);
  } else if (results && !lua_isnil(L, -results)) {
    word = lua_type(L, -results) == LUA_TSTRING ? lua_tostring(L, -results) : "?";
  }
  if (!status_from_name(word, &status))
    finish_no_data(run, "judge returned no verdict; it should return healthy(), degraded(\"why\") or down(\"why\")");
  else
    finish(run, status, why);
}

static void resume(struct run *run, int arguments);

/* The measures are there. The judge sees them as they are stored, so that it can be asked again later (backtest). */
static void judge(struct run *run)
{
  run->judging = true;
  if (run->service->judge == LUA_NOREF) {
    judged_by_limits(run);
    return;
  }
  lua_settop(run->co, 0);
  lua_rawgeti(run->co, LUA_REGISTRYINDEX, run->service->judge);
  json_value_push(run->co, run->measures);
  resume(run, 1);
}

/* The probe is through. A measure of the probe's own may replace the latency. */
static void probed(struct run *run, int results)
{
  struct err e;
  run->latency_ms = (clock_mono_us() - run->began_us + 500) / 1000;
  if (!read_measures(run, results, &e)) {
    finish_no_data(run, "%s: %s", run->script->file, e.text);
    return;
  }
  const json_t *own = json_object_get(run->measures, "latency_ms");
  if (json_is_number(own))
    run->latency_ms = (int64_t)(json_number_value(own) + 0.5);
  judge(run);
}

/* A raised table is an expected failure, made by op_raise; everything else is a bug of the script. */
static void failed(struct run *run, int code)
{
  lua_State *L = run->co;
  int raised = lua_gettop(L);
  if (code == LUA_ERRMEM) {
    finish_no_data(run, "%s: the memory budget of %d MiB is spent", run->script->file, VM_MEMORY_CAP >> 20);
  } else if (lua_type(L, raised) == LUA_TSTRING) {
    finish_no_data(run, "%s", lua_tostring(L, raised));
  } else if (lua_istable(L, raised) && raw_field(L, raised, "message") == LUA_TSTRING) {
    const char *message = lua_tostring(L, -1);
    raw_field(L, raised, "no_data");
    finish(run, lua_toboolean(L, -1) ? STATUS_NO_DATA : STATUS_DOWN, message);
  } else {
    finish_no_data(run, "%s: a %s was raised; error() takes a text", run->script->file, luaL_typename(L, raised));
  }
}

/* A response that a channel returned says by its status what became of the message; however much a provider answers beside, it was delivered once. */
static void cut_body(json_t *answer)
{
  const char *body = json_text_of(answer, "body", "");
  size_t n = strlen(body);
  if (n > SEND_BODY_CAP)
    json_object_set_new(answer, "body", json_string_from(body, SEND_BODY_CAP));
}

/* A deed is done. */
static void returned(struct run *run, int results)
{
  lua_State *L = run->co;
  struct err e = { "" };
  run->latency_ms = (clock_mono_us() - run->began_us + 500) / 1000;
  if (results && !lua_isnil(L, -results))
    run->answer = json_value_at(L, -results, &e);
  if (strcmp(run->what, "send") == 0)
    cut_body(run->answer);
  if (e.text[0])
    finish_no_data(run, "%s: what %s returned: %s", run->script->file, run->what, e.text);
  else if (run->answer && json_dumpb(run->answer, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) > MESSAGE_ANSWER_CAP)
    finish_no_data(run, "%s: %s returned more than %d KiB", run->script->file, run->what, MESSAGE_ANSWER_CAP >> 10);
  else
    finish(run, STATUS_HEALTHY, NULL);
}

/* ---- the file's share of CPU time ---- */

#define BUDGET_TICKS (WATCHDOG_BUDGET_MS / WATCHDOG_TICK_MS)
/** For so long after an overrun the file's other runs, when they wake up beyond its share, get no more than a tick each, milliseconds. */
#define SUSPECT_MS 10000

static unsigned used_ticks(const struct script_share *share, int64_t now_ms)
{
  return share->second == now_ms / 1000 ? share->ticks : 0;
}

int64_t run_wait_ms(const struct script *script)
{
  int64_t now_ms = clock_mono_ms();
  return used_ticks(&script->share, now_ms) < BUDGET_TICKS ? 0 : 1000 - now_ms % 1000;
}

/* Fifty runs that wait for an answer and then spin wake up all at once: they cannot be held back as beginnings can, but kept short. */
static void shorten_suspect(struct run *run)
{
  const struct script_share *share = &run->script->share;
  int64_t now_ms = clock_mono_ms();
  bool suspect = share->overrun_ms && now_ms - share->overrun_ms < SUSPECT_MS;
  if (suspect && used_ticks(share, now_ms) >= BUDGET_TICKS && run->ticks < BUDGET_TICKS - 1)
    run->ticks = BUDGET_TICKS - 1;
}

static void charge(struct script_share *share, unsigned ticks, bool spent)
{
  if (!ticks)
    return;
  int64_t now_ms = clock_mono_ms();
  share->ticks = used_ticks(share, now_ms) + ticks;
  share->second = now_ms / 1000;
  if (spent)
    share->overrun_ms = now_ms;
}

static void resume(struct run *run, int arguments)
{
  struct vm *vm = &run->script->vm;
  int results = 0;
  shorten_suspect(run);
  unsigned before = run->ticks;
  vm->strict = true;
  watchdog_enter(run->co, run->script->file, run->name, run->what, &run->ticks);
  int code = lua_resume(run->co, vm->L, arguments, &results);
  bool spent = watchdog_leave();
  vm->strict = false;
  vm->lent = 0;
  charge(&run->script->share, run->ticks - before, spent);
  if (code == LUA_YIELD && run->pending)
    return;
  if (spent) {
    const char *place = watchdog_place();
    finish_no_data(run, "%s: the CPU budget of %d ms is spent", *place ? place : run->script->file, WATCHDOG_BUDGET_MS);
  } else if (code != LUA_OK) {
    failed(run, code);
  } else if (run->judging) {
    judged_by_script(run, results);
  } else if (!run->service) {
    returned(run, results);
  } else {
    probed(run, results);
  }
}

/* "disk.lua:12", the line of the script that waits. */
static void find_place(lua_State *co, char place[static 128])
{
  lua_Debug at;
  place[0] = '\0';
  for (int level = 0; !place[0] && lua_getstack(co, level, &at); level++)
    if (lua_getinfo(co, "Sl", &at) && at.currentline > 0)
      snprintf(place, 128, "%s:%d", at.short_src, at.currentline);
}

static void timed_out(uv_timer_t *timer)
{
  struct run *run = CONTAINER_OF(timer, struct run, timer);
  char text[512], place[128];
  run->latency_ms = run->timeout_ms;
  find_place(run->co, place);
  run->unreached = run->unreached || (run->pending && run->pending->remote);
  snprintf(text, sizeof text, "timed out after %.3g s: %s (%s)", (double)run->timeout_ms / 1000.0, run->pending ? run->pending->what : "",
           place);
  finish(run, STATUS_DOWN, text);
}

static struct run *new_run(struct script *script, const char *name, const char *what, int64_t timeout_ms, run_done_fn done, void *arg)
{
  struct run *run = MEM_NEW(struct run);
  *run = (struct run){ .script = script, .name = name, .done = done, .arg = arg, .timeout_ms = timeout_ms, .latency_ms = -1 };
  run->what = mem_copy_text(what);
  script_hold(script);
  link_run(run);
  run->co = lua_newthread(script->vm.L);
  run->thread = luaL_ref(script->vm.L, LUA_REGISTRYINDEX);
  run->context = (struct script_context){ .script = script, .run = run };
  *(struct script_context **)lua_getextraspace(run->co) = &run->context;
  run->began_us = clock_mono_us();
  run->trace = script->env->trace ? json_array() : NULL;
  uv_timer_init(script->env->loop, &run->timer);
  return run;
}

static void probe(struct run *run)
{
  uv_timer_start(&run->timer, timed_out, (uint64_t)run->timeout_ms, 0);
  lua_rawgeti(run->co, LUA_REGISTRYINDEX, run->service->probe);
  resume(run, 0);
}

void run_start(struct script *script, struct script_service *service, int64_t timeout_ms, run_done_fn done, void *arg)
{
  struct run *run = new_run(script, service->declaration->name, "probe", timeout_ms, done, arg);
  run->service = service;
  probe(run);
}

void run_start_traced(struct script *script, struct script_service *service, int64_t timeout_ms, run_done_fn done, void *arg)
{
  struct run *run = new_run(script, service->declaration->name, "trace", timeout_ms, done, arg);
  run->service = service;
  if (!run->trace)
    run->trace = json_array();
  probe(run);
}

/* Pushes the function that the item declares for it: the value itself, or a driver's `run`. False: there is none. */
static bool push_function(lua_State *L, int table, const char *what)
{
  bool action = strncmp(what, "action:", 7) == 0;
  if (table == LUA_NOREF || lua_rawgeti(L, LUA_REGISTRYINDEX, table) != LUA_TTABLE)
    return false;
  if (action && raw_field(L, -1, "actions") != LUA_TTABLE)
    return false;
  if (raw_field(L, -1, action ? what + 7 : what) == LUA_TTABLE)
    raw_field(L, -1, "run");
  lua_insert(L, 1);
  lua_settop(L, 1); /* alone: what lies below would count as its results */
  return lua_isfunction(L, 1);
}

void run_deed(struct script *script, const struct script_target *target, const char *what, const json_t *argument, int64_t timeout_ms,
              run_done_fn done, void *arg)
{
  struct run *run = new_run(script, target->name, what, timeout_ms, done, arg);
  if (!push_function(run->co, target->table, what)) {
    finish_no_data(run, "%s: %s declares no %s", script->file, target->name, what);
    return;
  }
  uv_timer_start(&run->timer, timed_out, (uint64_t)timeout_ms, 0);
  if (argument)
    json_value_push(run->co, argument);
  resume(run, argument ? 1 : 0);
}

void run_judge(struct script *script, struct script_service *service, const json_t *measures, run_done_fn done, void *arg)
{
  struct run *run = new_run(script, service->declaration->name, "judge", 0, done, arg);
  run->service = service;
  run->measures = json_deep_copy(measures);
  judge(run);
}

void run_wake(struct run *run)
{
  resume(run, 0);
}

void run_cancel_all(void)
{
  while (all)
    close_run(all);
}
