/* docker: containers, over the Docker Engine's API (Podman's is the same as far as this goes).
 *
 *   docker.status(name, options?) -> table        state ("running", "exited", "paused" ...), health ("healthy" ..., nil without a health check),
 *                                                 started_at (RFC 3339) and up_s (nil unless it runs), restarts (by the engine), exit_code and
 *                                                 error (of the last end; nil while it runs), oom_killed, image, memory_bytes (with the option memory)
 *   docker.container(name, options?) -> driver    restarts it, and looks whether it is still up after it has had time to settle; returns
 *                                                 what status returns
 *   docker.logs(name, options?) -> log source     its last lines, of stdout and stderr
 *
 * Options: unix (path of the engine's socket, "/var/run/docker.sock") or url ("https://10.0.0.5:2376"), with ca, cert, key and whatever else http.get takes;
 * timeout ("5s" for status and logs; for a restart what is left of the run); for status: memory (false: true asks for it too, without
 * the page cache, which takes the engine up to a second; nil where it is not counted); for a container: grace (how long the engine waits after SIGTERM, "10s"),
 * settle ("2s"). No such container, an engine that does not answer and a restart that did not help are expected failures.
 *
 * Example:
 *   service {
 *     name = "comfyui",
 *     restart = docker.container("comfyui", { grace = "20s" }),
 *     logs = docker.logs "comfyui",
 *     probe = function()
 *       local container = docker.status "comfyui"
 *       return { state = container.state, restarts = container.restarts, up_since = container.started_at }
 *     end,
 *     limits = { state = { down = "~= 'running'" } },
 *   }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "core/dockerlog.h"
#include "modules/driver.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_docker(lua_State *L);

#define SOCKET "/var/run/docker.sock"
#define TIMEOUT_MS 5000
#define GRACE_MS 10000
#define SETTLE_MS 2000
#define LOG_MOST (16 * 1024 * 1024)
/** What a request that restarts needs at least beyond the engine's grace: for SIGKILL to work and the container to start. */
#define BEYOND_GRACE_MS 1000

/* Each function here is a closure whose first upvalue is http.request, and works in steps: it asks, sleeps, and is continued with the response on top of
 * the stack. Below it lie the container's name, the options of http, the engine's address, and what the steps themselves keep. */
enum {
  NAME = 1,
  HTTP,
  BASE,
  KEPT,
};

/* ---- asking ---- */

/* Asks, and goes on with `next` of the steps k. */
static int ask(lua_State *L, const char *method, const char *what, lua_KFunction k, lua_KContext next)
{
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushstring(L, method);
  lua_pushfstring(L, "%s/containers/%s/%s", lua_tostring(L, BASE), lua_tostring(L, NAME), what);
  lua_pushvalue(L, HTTP);
  lua_callk(L, 3, 1, next, k);
  return k(L, LUA_OK, next);
}

/* Calls a method of the response on top, which stays below its result. */
static int call_json(lua_State *L)
{
  lua_getfield(L, -1, "json");
  lua_pushvalue(L, -2);
  return lua_pcall(L, 1, 1, 0);
}

static lua_Integer status_of(lua_State *L)
{
  lua_getfield(L, -1, "status");
  lua_Integer status = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return status;
}

/* Raises what the engine says about the response on top: {"message": "No such container: x"}. */
static int tell_refusal(lua_State *L)
{
  int status = (int)status_of(L);
  const char *name = lua_tostring(L, NAME), *message = NULL;
  if (call_json(L) == LUA_OK && lua_istable(L, -1)) {
    lua_getfield(L, -1, "message");
    message = lua_tostring(L, -1);
  }
  if (message)
    return op_raise(L, OP_DOWN, "docker: %s: %s", name, message);
  return op_raise(L, OP_DOWN, "docker: %s: the engine answered %d", name, status);
}

/* The container as the response on top tells it, in its place; raises when there is none. */
static void take_container(lua_State *L)
{
  if (status_of(L) != 200)
    tell_refusal(L);
  bool good = call_json(L) == LUA_OK && lua_istable(L, -1);
  if (good) {
    good = lua_getfield(L, -1, "State") == LUA_TTABLE && lua_getfield(L, -2, "Config") == LUA_TTABLE;
    lua_pop(L, good ? 2 : 1);
  }
  if (!good)
    op_raise(L, OP_DOWN, "docker: %s: the engine's answer is not understood", lua_tostring(L, NAME));
  lua_replace(L, -2);
}

/* ---- what it is ---- */

/* container[group][key], or container[key] without a group, to the top of the stack. */
static int get(lua_State *L, int container, const char *group, const char *key)
{
  container = lua_absindex(L, container);
  if (!group)
    return lua_getfield(L, container, key);
  if (lua_getfield(L, container, group) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_pushnil(L);
    return LUA_TNIL;
  }
  int type = lua_getfield(L, -1, key);
  lua_remove(L, -2);
  return type;
}

static bool is_running(lua_State *L, int container)
{
  get(L, container, "State", "Status");
  const char *state = lua_tostring(L, -1);
  bool running = state && strcmp(state, "running") == 0;
  lua_pop(L, 1);
  return running;
}

/* Sets table[name] from the container, if it is of that type; the table is on top. */
static void copy(lua_State *L, int container, const char *group, const char *key, int type, const char *name)
{
  if (get(L, container, group, key) == type)
    lua_setfield(L, -2, name);
  else
    lua_pop(L, 1);
}

static void push_state(lua_State *L, int container)
{
  bool running = is_running(L, container);
  int64_t started_us;
  container = lua_absindex(L, container);
  lua_createtable(L, 0, 10);
  copy(L, container, "State", "Status", LUA_TSTRING, "state");
  copy(L, container, "State", "OOMKilled", LUA_TBOOLEAN, "oom_killed");
  copy(L, container, NULL, "RestartCount", LUA_TNUMBER, "restarts");
  copy(L, container, "Config", "Image", LUA_TSTRING, "image");
  if (get(L, container, "State", "Health") == LUA_TTABLE) {
    lua_getfield(L, -1, "Status");
    lua_setfield(L, -3, "health");
  }
  lua_pop(L, 1);
  if (!running) {
    copy(L, container, "State", "ExitCode", LUA_TNUMBER, "exit_code");
    copy(L, container, "State", "Error", LUA_TSTRING, "error");
    return;
  }
  copy(L, container, "State", "StartedAt", LUA_TSTRING, "started_at");
  get(L, container, "State", "StartedAt");
  bool known = lua_isstring(L, -1) && clock_parse(lua_tostring(L, -1), &started_us);
  lua_pop(L, 1);
  if (known) {
    lua_pushnumber(L, (double)(clock_wall_us() - started_us) / 1e6);
    lua_setfield(L, -2, "up_s");
  }
}

/* From the statistics on top: what is used, less the files' pages that can be given back, as the docker command counts it. */
static void set_memory(lua_State *L, int state)
{
  double cache = 0;
  if (status_of(L) != 200 || call_json(L) != LUA_OK || !lua_istable(L, -1) || get(L, -1, "memory_stats", "usage") != LUA_TNUMBER)
    return;
  double usage = lua_tonumber(L, -1);
  lua_pop(L, 1);
  lua_getfield(L, -1, "memory_stats");
  if (get(L, -1, "stats", "inactive_file") == LUA_TNUMBER || get(L, -2, "stats", "total_inactive_file") == LUA_TNUMBER)
    cache = lua_tonumber(L, -1);
  lua_pushinteger(L, (lua_Integer)(usage > cache ? usage - cache : usage));
  lua_setfield(L, state, "memory_bytes");
}

/* ---- options ---- */

/* A copy of the options at index, but those that are ours; pushed. */
static void push_http_options(lua_State *L, int index)
{
  lua_newtable(L);
  if (lua_istable(L, index)) {
    for (lua_pushnil(L); lua_next(L, index);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, -4);
    }
  }
  static const char *const ours[] = { "url", "grace", "settle", "memory" };
  for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
    lua_pushnil(L);
    lua_setfield(L, -2, ours[i]);
  }
}

static void set_timeout(lua_State *L, int64_t ms)
{
  int64_t left_ms = op_time_left_ms(L);
  lua_pushnumber(L, (double)(ms < left_ms ? ms : left_ms) / 1000);
  lua_setfield(L, HTTP, "timeout");
}

/* From (name, options) to the stack that the steps work on. */
static void prepare(lua_State *L, int64_t timeout_ms)
{
  const char *url = opts_text(L, 2, "url");
  timeout_ms = op_opt_duration(L, 2, "timeout", timeout_ms);
  lua_settop(L, 2);
  push_http_options(L, 2);
  lua_pushstring(L, url ? url : "http://docker");
  lua_remove(L, 2);
  if (!url && lua_getfield(L, HTTP, "unix") == LUA_TNIL) {
    lua_pushliteral(L, SOCKET);
    lua_setfield(L, HTTP, "unix");
  }
  lua_settop(L, BASE);
  set_timeout(L, timeout_ms);
}

static void check_arguments(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  luaL_argcheck(L,
                *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(name) && *name != '.',
                1, "a container's name or id is needed");
  if (!lua_isnoneornil(L, 2))
    luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
}

/* ---- status ---- */

enum { TOLD, TOLD_FIRST, COUNTED };

static int status_steps(lua_State *L, int status, lua_KContext step)
{
  (void)status;
  if (step != COUNTED) {
    take_container(L);
    bool running = is_running(L, -1);
    push_state(L, -1);
    lua_replace(L, KEPT);
    lua_settop(L, KEPT);
    return running && step == TOLD_FIRST ? ask(L, "GET", "stats?stream=false&one-shot=true", status_steps, COUNTED) : 1;
  }
  set_memory(L, KEPT);
  lua_settop(L, KEPT);
  return 1;
}

static int docker_status(lua_State *L)
{
  op_check_running(L);
  check_arguments(L);
  bool memory = opts_flag(L, 2, "memory", false);
  prepare(L, TIMEOUT_MS);
  return ask(L, "GET", "json", status_steps, memory ? TOLD_FIRST : TOLD);
}

/* ---- restarting ---- */

enum { RESTARTED, SEEN, SETTLED, SEEN_AGAIN };

static void tell_end(lua_State *L, int container)
{
  container = lua_absindex(L, container);
  get(L, container, "State", "Status");
  get(L, container, "State", "ExitCode");
  op_raise(L, OP_DOWN, "docker: %s was started and has ended since: %s, exit code %d", lua_tostring(L, NAME), luaL_optstring(L, -2, "?"),
           (int)lua_tointeger(L, -1));
}

/* The container of before is at KEPT, the one of now on top. */
static int judge(lua_State *L)
{
  if (!is_running(L, -1))
    tell_end(L, -1);
  get(L, KEPT, "State", "StartedAt");
  get(L, -2, "State", "StartedAt");
  if (!lua_rawequal(L, -1, -2))
    return op_raise(L, OP_DOWN, "docker: %s was started, has ended since and was started again by the engine", lua_tostring(L, NAME));
  push_state(L, -3);
  return 1;
}

static int restart_steps(lua_State *L, int status, lua_KContext step)
{
  (void)status;
  switch (step) {
  case RESTARTED:
    if (status_of(L) != 204)
      return tell_refusal(L);
    set_timeout(L, TIMEOUT_MS);
    return ask(L, "GET", "json", restart_steps, SEEN);
  case SEEN:
    take_container(L);
    if (!is_running(L, -1))
      tell_end(L, -1);
    lua_replace(L, KEPT);
    lua_settop(L, KEPT);
    lua_pushcfunction(L, driver_pause);
    lua_pushvalue(L, lua_upvalueindex(4)); /* settle */
    lua_callk(L, 1, 0, SETTLED, restart_steps);
    return restart_steps(L, LUA_OK, SETTLED);
  case SETTLED: return ask(L, "GET", "json", restart_steps, SEEN_AGAIN);
  default: take_container(L); return judge(L);
  }
}

/* A driver's `run`. Upvalues: http.request, name, options, settle_ms, grace_ms. */
static int restart(lua_State *L)
{
  char what[64];
  int64_t settle_ms = lua_tointeger(L, lua_upvalueindex(4)), grace_ms = lua_tointeger(L, lua_upvalueindex(5));
  op_check_running(L);
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(3));
  int64_t rest_ms = op_time_left_ms(L) - settle_ms - 1000;
  if (rest_ms < grace_ms + BEYOND_GRACE_MS)
    return luaL_error(L, "docker: a grace of %d s and settling do not fit in the %d s that the run has left", (int)(grace_ms / 1000),
                      (int)(op_time_left_ms(L) / 1000));
  prepare(L, rest_ms);
  snprintf(what, sizeof what, "restart?t=%d", (int)((grace_ms + 999) / 1000));
  return ask(L, "POST", what, restart_steps, RESTARTED);
}

static int docker_container(lua_State *L)
{
  check_arguments(L);
  const char *name = lua_tostring(L, 1);
  int64_t settle_ms = op_opt_duration(L, 2, "settle", SETTLE_MS), grace_ms = op_opt_duration(L, 2, "grace", GRACE_MS);
  if (op_opt_duration(L, 2, "timeout", INT64_MAX) < grace_ms + BEYOND_GRACE_MS)
    return luaL_error(L, "docker.container: the timeout must be longer than the grace, by a second at least");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_pushinteger(L, settle_ms);
  lua_pushinteger(L, grace_ms);
  lua_pushcclosure(L, restart, 5);
  driver_push(L, "docker", name);
  return 1;
}

/* ---- logs ---- */

enum { KIND_KNOWN, READ };

struct frames {
  struct buf text;
};

static int free_frames(lua_State *L)
{
  struct frames *frames = lua_touserdata(L, 1);
  buf_done(&frames->text);
  return 0;
}

/* The text in the frames at the top of the stack; on the script's stack, so that it is released whatever raises. */
static const struct buf *join_frames(lua_State *L)
{
  size_t len;
  struct err e;
  const char *bytes = lua_tolstring(L, -1, &len);
  struct frames *frames = lua_newuserdatauv(L, sizeof *frames, 0);
  buf_init(&frames->text, LOG_MOST);
  if (luaL_newmetatable(L, "docker frames")) {
    lua_pushcfunction(L, free_frames);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  if (!dockerlog_join(bytes, len, &frames->text, &e))
    op_raise(L, OP_DOWN, "docker: %s: %s", lua_tostring(L, NAME), e.text);
  return &frames->text;
}

static int logs_steps(lua_State *L, int status, lua_KContext step)
{
  char what[64];
  int lines = (int)lua_tointeger(L, KEPT);
  (void)status;
  if (step == KIND_KNOWN) {
    take_container(L);
    get(L, -1, "Config", "Tty");
    lua_replace(L, KEPT + 1);
    lua_settop(L, KEPT + 1);
    snprintf(what, sizeof what, "logs?stdout=1&stderr=1&tail=%d", lines);
    return ask(L, "GET", what, logs_steps, READ);
  }
  if (status_of(L) != 200)
    return tell_refusal(L);
  size_t len;
  lua_getfield(L, -1, "body");
  const char *bytes = lua_tolstring(L, -1, &len);
  if (lua_toboolean(L, KEPT + 1)) /* a terminal: as it is */
    return driver_push_log(L, bytes, len, lines);
  const struct buf *text = join_frames(L);
  return driver_push_log(L, buf_text(text), text->len, lines);
}

/* A log source's `run`. Upvalues: http.request, name, options. */
static int read_logs(lua_State *L)
{
  int lines = driver_lines(L, 1);
  op_check_running(L);
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(3));
  prepare(L, TIMEOUT_MS);
  lua_pushinteger(L, LOG_MOST);
  lua_setfield(L, HTTP, "max_body");
  lua_pushinteger(L, lines);
  lua_pushnil(L);
  return ask(L, "GET", "json", logs_steps, KIND_KNOWN);
}

static int docker_logs(lua_State *L)
{
  check_arguments(L);
  const char *name = lua_tostring(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_pushcclosure(L, read_logs, 3);
  driver_push(L, "docker", name);
  return 1;
}

int luaopen_docker(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "status", docker_status }, { "container", docker_container }, { "logs", docker_logs }, { NULL, NULL }
  };
  luaL_newlibtable(L, functions);
  lua_getglobal(L, "http"); /* opened before, see modules.c */
  lua_getfield(L, -1, "request");
  lua_remove(L, -2);
  luaL_setfuncs(L, functions, 1);
  return 1;
}
