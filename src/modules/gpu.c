/* gpu: NVIDIA's cards, as nvidia-smi tells of them.
 *
 *   gpu.query(options?) -> list      a table a card: index, name, utilization_pct, memory_used_mib, memory_total_mib, memory_used_pct,
 *                                    temperature_c, power_w; what a card does not tell is nil
 *
 *   gpu.reset(index, options?)       resets that card (nvidia-smi --gpu-reset), which needs root and a card that nobody uses; for `restart` and `actions`
 *
 * Options: timeout ("5s", for a reset "30s"), program ("nvidia-smi"). A machine without the program, a driver that does not answer and a reset that is
 * refused are expected failures.
 *
 * Example:
 *   local worst = 0
 *   for _, card in ipairs(gpu.query()) do
 *     worst = math.max(worst, card.temperature_c or 0)
 *   end
 *   return { hottest_c = worst }
 */
#include <lauxlib.h>

#include "modules/opts.h"
#include "modules/program.h"

int luaopen_gpu(lua_State *L);

#define OUTPUT_CAP 65536
#define CARDS_CAP 64
#define QUERY_MS 5000
#define RESET_MS 30000

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

/* It tells its errors on stdout. */
static int complain(lua_State *L, const char *function, const struct child_result *r)
{
  const char *said = *r->out ? r->out : r->errors;
  return op_raise(L, OP_DOWN, "%s: %.*s", function, (int)strcspn(said, "\n"), said);
}

static int end_query(lua_State *L, const struct program_end *end)
{
  if (end->result->code || end->result->signal)
    return complain(L, "gpu.query", end->result);
  return push_cards(L, end->result);
}

static int end_reset(lua_State *L, const struct program_end *end)
{
  if (end->result->code || end->result->signal)
    return complain(L, "gpu.reset", end->result);
  return 0;
}

/* The program of the options at index, the arguments, NULL. */
static int run(lua_State *L, const char *function, int index, char *first, char *second, int64_t timeout_ms, program_fn fn)
{
  static const char *const known[] = { "timeout", "program" };
  op_check_running(L);
  opts_check(L, index, function, known, ARRAY_LEN(known));
  const char *program = opts_text(L, index, "program");
  char *argv[] = { (char *)(uintptr_t)(program ? program : "nvidia-smi"), first, second, NULL };
  struct child_command command = { .argv = argv, .output_cap = OUTPUT_CAP, .timeout_ms = op_opt_duration(L, index, "timeout", timeout_ms) };
  return program_start(L, function, &command, fn);
}

static int gpu_query(lua_State *L)
{
  char columns_text[256] = "--query-gpu=";
  for (size_t i = 0, n = strlen(columns_text); i < ARRAY_LEN(columns); i++)
    n += (size_t)snprintf(columns_text + n, sizeof columns_text - n, "%s%s", i ? "," : "", columns[i].query);
  return run(L, "gpu.query", 1, columns_text, (char[]){ "--format=csv,noheader,nounits" }, QUERY_MS, end_query);
}

static int gpu_reset(lua_State *L)
{
  char id[32];
  lua_Integer index = luaL_checkinteger(L, 1);
  luaL_argcheck(L, index >= 0 && index < CARDS_CAP, 1, "the index of a card, from 0, is needed");
  snprintf(id, sizeof id, "--id=%d", (int)index);
  return run(L, "gpu.reset", 2, (char[]){ "--gpu-reset" }, id, RESET_MS, end_reset);
}

int luaopen_gpu(lua_State *L)
{
  static const luaL_Reg functions[] = { { "query", gpu_query }, { "reset", gpu_reset }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
