/* fs: file systems, asked in a process that can be abandoned, so that a mount that hangs holds up nothing else.
 *
 *   fs.usage(path, options?) -> table       total_bytes, free_bytes, used_pct, inodes_total, inodes_free, inodes_used_pct, read_only
 *   fs.write_test(path, options?) -> ms     writes, syncs, reads back and removes a file of 4 KiB in the directory
 *   fs.exists(path, options?) -> boolean
 *   fs.size(path, options?) -> bytes        nil when there is no such file
 *   fs.read(path, options?) -> text         options: cap (bytes, 64 KiB, at most 1 MiB)
 *
 * Options: timeout ("5s"). Free space and percentages are those that an ordinary user has, as df counts. Paths are absolute. What the file
 * system refuses, and a mount that does not answer, is an expected failure.
 *
 * Example:
 *   local disk = fs.usage "/srv/media"
 *   return { used_pct = disk.used_pct, write_ms = fs.write_test "/srv/media" }
 */
#include <lauxlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "loop/mount.h"
#include "modules/opts.h"
#include "script/json_value.h"
#include "script/op.h"

int luaopen_fs(lua_State *L);

#define READ_CAP 65536
#define READ_MOST (1024 * 1024)

struct question {
  struct op op;
  struct mount_ask *ask;
  char *what;
  const char *member;   /* of the answer, NULL: the whole */
  const json_t *answer; /* valid while its callback is on the stack, which is where finish runs */
  struct err why;
};

static void free_question(struct question *q)
{
  free(q->what);
  free(q);
}

static void cancel(struct op *op)
{
  struct question *q = CONTAINER_OF(op, struct question, op);
  mount_cancel(q->ask);
  free_question(q);
}

static int finish(lua_State *L, struct op *op)
{
  struct question *q = CONTAINER_OF(op, struct question, op);
  const json_t *answer = q->answer;
  const char *member = q->member;
  struct err why = q->why;
  char what[64];
  snprintf(what, sizeof what, "%s", q->what);
  free_question(q);
  if (!answer)
    return op_raise(L, OP_DOWN, "%.*s: %s", (int)strcspn(what, " "), what, why.text);
  const json_t *value = member ? json_object_get(answer, member) : answer;
  if (value)
    return json_value_push(L, value);
  lua_pushnil(L);
  return 1;
}

static void on_answer(void *arg, const json_t *answer, const struct err *why)
{
  struct question *q = arg;
  q->answer = answer;
  q->why = *why;
  op_ready(&q->op);
}

static int ask(lua_State *L, const char *op, const char *member)
{
  static const char *const known[] = { "timeout", "cap" };
  op_check_running(L);
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, path[0] == '/', 1, "an absolute path is needed");
  opts_check(L, 2, "fs", known, strcmp(op, "read") == 0 ? 2 : 1);
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, 2, "timeout", left_ms > 20 ? left_ms - 10 : left_ms);
  int64_t cap = opts_number(L, 2, "cap", READ_CAP, 0, READ_MOST);
  struct question *q = MEM_NEW(struct question);
  q->op.finish = finish;
  q->op.cancel = cancel;
  q->op.what = q->what = mem_printf("fs.%s %.200s", op, path);
  q->member = member;
  q->ask = mount_ask(op_env(L)->loop, op, path, cap, timeout_ms, on_answer, q);
  return op_wait(L, &q->op);
}

static int fs_usage(lua_State *L)
{
  return ask(L, "usage", NULL);
}

static int fs_write_test(lua_State *L)
{
  return ask(L, "write_test", "ms");
}

static int fs_exists(lua_State *L)
{
  return ask(L, "exists", "exists");
}

static int fs_size(lua_State *L)
{
  return ask(L, "size", "size");
}

static int fs_read(lua_State *L)
{
  return ask(L, "read", "text");
}

int luaopen_fs(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "usage", fs_usage }, { "write_test", fs_write_test }, { "exists", fs_exists }, { "size", fs_size }, { "read", fs_read },
    { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
