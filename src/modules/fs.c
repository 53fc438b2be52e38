/* fs: file systems, asked in a process that can be abandoned, so that a mount that hangs holds up nothing else.
 *
 *   fs.usage(path, options?) -> table       total_bytes, free_bytes, used_pct, inodes_total, inodes_free, inodes_used_pct, read_only
 *   fs.write_test(path, options?) -> ms     writes, syncs, reads back and removes a file of 4 KiB in the directory
 *   fs.exists(path, options?) -> boolean
 *   fs.size(path, options?) -> bytes        nil when there is no such file
 *   fs.read(path, options?) -> text         options: cap (bytes, 64 KiB, at most 1 MiB)
 *   fs.sha256(path, options?) -> hex        of a file of any size; nil and how much of it was read, 0 to 1, when that takes longer than the option
 *                                           `within` ("5s"): the next call goes on there. A file that has not changed is not read again
 *
 * Options: timeout ("5s"). Free space and percentages are those that an ordinary user has, as df counts. Paths are absolute. What the file
 * system refuses, and a mount that does not answer, is an expected failure.
 *
 * Example:
 *   local disk = fs.usage "/srv/media"
 *   return { used_pct = disk.used_pct, write_ms = fs.write_test "/srv/media" }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "loop/mount.h"
#include "modules/opts.h"
#include "script/json_value.h"
#include "script/op.h"

int luaopen_fs(lua_State *L);

#define READ_CAP 65536
#define READ_MOST (1024 * 1024)
/** How long fs.sha256 reads when nobody says, and what it leaves of the run's time for what comes after it, milliseconds. */
#define WITHIN_MS 5000
#define SHA256_SPARE_MS 1000
/** A slice that takes so long is a file system that hangs, milliseconds. */
#define SLICE_TIMEOUT_MS 5000

struct question {
  struct op op;
  struct mount_ask *ask;
  char *what;
  const char *member;   /* of the answer, NULL: the whole */
  const json_t *answer; /* valid while its callback is on the stack, which is where finish runs */
  struct err why;
  /* of fs.sha256 */
  uv_loop_t *loop;
  char *path;
  int64_t until_ms; /* monotonic */
};

static void free_question(struct question *q)
{
  free(q->what);
  free(q->path);
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
  q->ask = mount_ask(op_env(L)->loop, op, path, NULL, cap, timeout_ms, on_answer, q);
  return op_wait(L, &q->op);
}

/* ---- fs.sha256: asked again and again until all was read, or the time is over ---- */

static int finish_sha256(lua_State *L, struct op *op)
{
  struct question *q = CONTAINER_OF(op, struct question, op);
  const char *sum = json_text_of(q->answer, "sum", NULL);
  double size = (double)json_int_of(q->answer, "size", 0), part = size > 0 ? (double)json_int_of(q->answer, "read", 0) / size : 0;
  char hex[DIGEST_SIZE];
  if (!q->answer)
    return finish(L, op);
  snprintf(hex, sizeof hex, "%s", sum ? sum : "");
  free_question(q);
  lua_pushstring(L, sum ? hex : NULL);
  lua_pushnumber(L, sum ? 1 : part);
  return 2;
}

static void on_slice(void *arg, const json_t *answer, const struct err *why)
{
  struct question *q = arg;
  if (answer && !json_object_get(answer, "sum") && clock_mono_ms() < q->until_ms)
    q->ask = mount_ask(q->loop, "sha256", q->path, NULL, 0, SLICE_TIMEOUT_MS, on_slice, q);
  else
    on_answer(q, answer, why);
}

static int fs_sha256(lua_State *L)
{
  static const char *const known[] = { "within" };
  op_check_running(L);
  const char *path = luaL_checkstring(L, 1);
  luaL_argcheck(L, path[0] == '/', 1, "an absolute path is needed");
  opts_check(L, 2, "fs.sha256", known, ARRAY_LEN(known));
  int64_t within_ms = op_opt_duration(L, 2, "within", WITHIN_MS), most_ms = op_time_left_ms(L) - SHA256_SPARE_MS;
  struct question *q = MEM_NEW(struct question);
  q->op.finish = finish_sha256;
  q->op.cancel = cancel;
  q->op.what = q->what = mem_printf("fs.sha256 %.200s", path);
  q->path = mem_copy_text(path);
  q->loop = op_env(L)->loop;
  q->until_ms = clock_mono_ms() + (within_ms < most_ms ? within_ms : most_ms);
  q->ask = mount_ask(q->loop, "sha256", path, NULL, 0, SLICE_TIMEOUT_MS, on_slice, q);
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
    { "usage", fs_usage }, { "write_test", fs_write_test }, { "exists", fs_exists }, { "size", fs_size },
    { "read", fs_read },   { "sha256", fs_sha256 },         { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
