/* file: log files.
 *
 *   file.tail(path, options?) -> log source     its last lines, over a rotation too: where the file has too few, or is not there for the moment, those
 *                                               before come from the newest uncompressed one that it was rotated to (app.log.1, app.log-20261124)
 *
 * Options: timeout ("5s"). The path is absolute. A file that is not there, and a mount that does not answer, are expected failures; it is read in a process
 * that can be abandoned, as fs does.
 *
 * Example:
 *   service {
 *     name = "comfyui",
 *     logs = file.tail "/srv/comfyui/user/comfyui.log",
 *     probe = function() tcp.ping("127.0.0.1", 8188) end,
 *   }
 */
#include <lauxlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "loop/mount.h"
#include "modules/driver.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_file(lua_State *L);

#define TIMEOUT_MS 5000
/** Bytes read, before they are cleaned. */
#define READ_CAP (2 * DRIVER_LOG_CAP)
/** Of a file and of the one before it, for a follower; more has come in a second than anybody can read. */
#define FOLLOW_CAP (DRIVER_LOG_CAP / 2)

struct reading {
  struct op op;
  struct mount_ask *ask;
  char *what;
  int lines;
  bool follows, in_key;
  const json_t *answer; /* valid while its callback is on the stack, which is where finish runs */
  struct err why;
};

static void free_reading(struct reading *r)
{
  free(r->what);
  free(r);
}

static void cancel(struct op *op)
{
  struct reading *r = CONTAINER_OF(op, struct reading, op);
  mount_cancel(r->ask);
  free_reading(r);
}

static int finish(lua_State *L, struct op *op)
{
  struct reading *r = CONTAINER_OF(op, struct reading, op);
  const json_t *text = json_object_get(r->answer, "text");
  const char *next = json_text_of(r->answer, "next", "");
  struct err why = r->why;
  int lines = r->lines;
  bool follows = r->follows, in_key = r->in_key, gap = json_bool_of(r->answer, "gap", false);
  free_reading(r);
  if (!text)
    return op_raise(L, OP_DOWN, "file.tail: %s", why.text);
  if (follows)
    return driver_push_more(L, json_string_value(text), json_string_length(text), lines, in_key, next, gap);
  return driver_push_log(L, json_string_value(text), json_string_length(text), lines);
}

static void on_answer(void *arg, const json_t *answer, const struct err *why)
{
  struct reading *r = arg;
  r->answer = answer;
  r->why = *why;
  op_ready(&r->op);
}

/* A log source's `run`. Upvalues: path, timeout in milliseconds. */
static int read_tail(lua_State *L)
{
  op_check_running(L);
  int64_t left_ms = op_time_left_ms(L), timeout_ms = lua_tointeger(L, lua_upvalueindex(2)), most_ms = left_ms > 20 ? left_ms - 10 : left_ms;
  const char *path = lua_tostring(L, lua_upvalueindex(1));
  int lines = driver_lines(L, 1);
  bool in_key;
  const char *after = driver_after(L, 1, &in_key);
  struct reading *r = MEM_NEW(struct reading);
  r->follows = after != NULL;
  r->in_key = in_key;
  r->op.finish = finish;
  r->op.cancel = cancel;
  r->op.what = r->what = mem_printf("file.tail %.200s", path);
  r->lines = lines;
  r->ask = mount_ask(op_env(L)->loop, "tail", path, after, after ? FOLLOW_CAP : READ_CAP, timeout_ms < most_ms ? timeout_ms : most_ms,
                     on_answer, r);
  return op_wait(L, &r->op);
}

static int file_tail(lua_State *L)
{
  static const char *const known[] = { "timeout" };
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, path[0] == '/', 1, "an absolute path is needed");
  opts_check(L, 2, "file.tail", known, ARRAY_LEN(known));
  lua_pushvalue(L, 1);
  lua_pushinteger(L, op_opt_duration(L, 2, "timeout", TIMEOUT_MS));
  lua_pushcclosure(L, read_tail, 2);
  driver_push(L, "file", path);
  driver_can_follow(L);
  return 1;
}

int luaopen_file(lua_State *L)
{
  static const luaL_Reg functions[] = { { "tail", file_tail }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
