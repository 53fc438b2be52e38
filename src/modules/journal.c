/* journal: what units of this machine have written to systemd's journal.
 *
 *   journal.unit(unit, options?) -> log source     its last lines, each with its time
 *
 * A unit's name without a suffix is a service's. Options: timeout ("10s"), directory (of journal files; default: this machine's). Signalbox's user has to be
 * allowed to read the journal, as the group systemd-journal is. journalctl reads it, in a process that can be ended: the journal's own library
 * reads files of gigabytes where it is called, and nothing else could go on meanwhile.
 *
 * Example:
 *   service {
 *     name = "comfyui",
 *     logs = journal.unit "comfyui.service",
 *     probe = function() tcp.ping("127.0.0.1", 8188) end,
 *   }
 */
#include <lauxlib.h>

#include "modules/driver.h"
#include "modules/opts.h"
#include "modules/program.h"

int luaopen_journal(lua_State *L);

#define TIMEOUT_MS 10000
/** Before the last lines are taken: a thousand long ones. */
#define OUTPUT_CAP (8 * 1024 * 1024)

enum { ASKED = 1, UNIT, OPTIONS };

static void check_options(lua_State *L, int index)
{
  static const char *const known[] = { "timeout", "directory" };
  opts_check(L, index, "journal.unit", known, ARRAY_LEN(known));
}

static int end_reading(lua_State *L, const struct program_end *end)
{
  const struct child_result *r = end->result;
  int len;
  const char *said = program_complaint(r, &len);
  if (r->signal || r->code)
    return op_raise(L, OP_DOWN, "journal: %s: %.*s", lua_tostring(L, UNIT), len < 500 ? len : 500, said);
  return driver_push_log(L, r->out, r->out_len, driver_lines(L, ASKED));
}

/* A log source's `run`. Upvalues: unit, options. */
static int read_unit(lua_State *L)
{
  op_check_running(L);
  lua_settop(L, ASKED);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  const char *directory = opts_text(L, OPTIONS, "directory");
  /* The texts stay on the script's stack. */
  const char *unit = lua_pushfstring(L, "--unit=%s", lua_tostring(L, UNIT));
  const char *lines = lua_pushfstring(L, "--lines=%d", driver_lines(L, ASKED));
  const char *place = lua_pushfstring(L, "--directory=%s", directory ? directory : "");
  const char *argv[] = {
    "journalctl", "--quiet", "--no-pager", "--all", "--output=short-iso", lines, unit, directory ? place : NULL, NULL
  };
  const struct child_command command = {
    .argv = (char *const *)(uintptr_t)argv,
    .output_cap = OUTPUT_CAP,
    .timeout_ms = op_opt_duration(L, OPTIONS, "timeout", TIMEOUT_MS),
  };
  return program_start(L, "journal", &command, end_reading);
}

static int journal_unit(lua_State *L)
{
  const char *name = driver_unit(L, 1);
  lua_settop(L, 2);
  check_options(L, 2);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, read_unit, 2);
  driver_push(L, "journal", name);
  return 1;
}

int luaopen_journal(lua_State *L)
{
  static const luaL_Reg functions[] = { { "unit", journal_unit }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
