/* gpu: NVIDIA's cards, as nvidia-smi tells of them.
 *
 *   gpu.query(options?) -> list      a table a card: index, name, utilization_pct, memory_used_mib, memory_total_mib, memory_used_pct,
 *                                    temperature_c, power_w; what a card does not tell is nil
 *
 * Options: timeout ("5s"), program ("nvidia-smi"). A machine without the program, and a driver that does not answer, are expected failures.
 *
 * Example:
 *   local worst = 0
 *   for _, card in ipairs(gpu.query()) do
 *     worst = math.max(worst, card.temperature_c or 0)
 *   end
 *   return { hottest_c = worst }
 */
#include <lauxlib.h>

#include "base/mem.h"
#include "loop/child.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_gpu(lua_State *L);

#define OUTPUT_CAP 65536
#define CARDS_CAP 64

/* The columns asked for, in this order (nvidia-smi --help-query-gpu), and what they are called here. */
static const struct {
  const char *query, *name;
} columns[] = {
  { "index", "index" },
  { "name", "name" },
  { "utilization.gpu", "utilization_pct" },
  { "memory.used", "memory_used_mib" },
  { "memory.total", "memory_total_mib" },
  { "temperature.gpu", "temperature_c" },
  { "power.draw", "power_w" },
};

struct query {
  struct op op;
  struct child *child;
  char *what;
  const struct child_result *result; /* valid while its callback is on the stack, which is where finish runs */
};

static void free_query(struct query *q)
{
  free(q->what);
  free(q);
}

static void cancel(struct op *op)
{
  struct query *q = CONTAINER_OF(op, struct query, op);
  child_cancel(q->child);
  free_query(q);
}

/* One cell: a number where it is one, else text; "[N/A]" and the like are left out. */
static void set_cell(lua_State *L, const char *name, const char *cell, size_t len)
{
  if (!len || cell[0] == '[')
    return;
  lua_pushlstring(L, cell, len);
  if (strcmp(name, "name") != 0 && lua_stringtonumber(L, lua_tostring(L, -1)) != 0)
    lua_remove(L, -2);
  lua_setfield(L, -2, name);
}

static void push_card(lua_State *L, const char *line, size_t len)
{
  const char *end = line + len;
  lua_createtable(L, 0, ARRAY_LEN(columns) + 1);
  for (size_t i = 0; i < ARRAY_LEN(columns) && line <= end; i++) {
    const char *comma = memchr(line, ',', (size_t)(end - line)), *stop = comma ? comma : end;
    while (line < stop && *line == ' ')
      line++;
    while (stop > line && (stop[-1] == ' ' || stop[-1] == '\r'))
      stop--;
    set_cell(L, columns[i].name, line, (size_t)(stop - line));
    line = comma ? comma + 1 : end + 1;
  }
  lua_getfield(L, -1, "memory_used_mib");
  lua_getfield(L, -2, "memory_total_mib");
  double used = lua_tonumber(L, -2), total = lua_tonumber(L, -1);
  lua_pop(L, 2);
  if (total > 0) {
    lua_pushnumber(L, 100 * used / total);
    lua_setfield(L, -2, "memory_used_pct");
  }
}

static int push_cards(lua_State *L, const struct child_result *r)
{
  lua_Integer n = 0;
  lua_newtable(L);
  for (const char *line = r->out; *line && n < CARDS_CAP;) {
    size_t len = strcspn(line, "\n");
    if (len) {
      push_card(L, line, len);
      lua_rawseti(L, -2, ++n);
    }
    line += len + (line[len] == '\n');
  }
  return 1;
}

static int finish(lua_State *L, struct op *op)
{
  struct query *q = CONTAINER_OF(op, struct query, op);
  const struct child_result *r = q->result;
  free_query(q);
  if (r->timed_out)
    return op_raise(L, OP_DOWN, "gpu.query: nvidia-smi did not answer in time: the driver may hang");
  if (r->code || r->signal) /* it tells its errors on stdout */
    return op_raise(L, OP_DOWN, "gpu.query: %.*s", (int)strcspn(*r->out ? r->out : r->errors, "\n"), *r->out ? r->out : r->errors);
  return push_cards(L, r);
}

static void on_result(void *arg, const struct child_result *result)
{
  struct query *q = arg;
  q->result = result;
  op_ready(&q->op);
}

static int gpu_query(lua_State *L)
{
  static const char *const known[] = { "timeout", "program" };
  char columns_text[256] = "--query-gpu=";
  struct err e;
  op_check_running(L);
  opts_check(L, 1, "gpu.query", known, ARRAY_LEN(known));
  const char *program = opts_text(L, 1, "program");
  int64_t timeout_ms = op_opt_duration(L, 1, "timeout", 5000), left_ms = op_time_left_ms(L);
  for (size_t i = 0, n = strlen(columns_text); i < ARRAY_LEN(columns); i++)
    n += (size_t)snprintf(columns_text + n, sizeof columns_text - n, "%s%s", i ? "," : "", columns[i].query);
  char *argv[] = { (char *)(uintptr_t)(program ? program : "nvidia-smi"), columns_text, (char[]){ "--format=csv,noheader,nounits" }, NULL };
  struct child_command command = { .argv = argv, .output_cap = OUTPUT_CAP, .timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms };
  struct query *q = MEM_NEW(struct query);
  q->op.finish = finish;
  q->op.cancel = cancel;
  q->op.what = q->what = mem_copy_text("gpu.query");
  q->child = child_start(op_env(L)->loop, &command, on_result, q, &e);
  if (!q->child) {
    free_query(q);
    return op_raise(L, OP_DOWN, "gpu.query: %s", e.text);
  }
  return op_wait(L, &q->op);
}

int luaopen_gpu(lua_State *L)
{
  static const luaL_Reg functions[] = { { "query", gpu_query }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
