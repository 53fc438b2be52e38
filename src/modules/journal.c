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

#include "core/follow.h"
#include "modules/driver.h"
#include "modules/opts.h"
#include "modules/program.h"

int luaopen_journal(lua_State *L);

#define TIMEOUT_MS 10000
/** Before the last lines are taken: a thousand long ones. */
#define OUTPUT_CAP (8 * 1024 * 1024)

enum { ASKED = 1, UNIT, OPTIONS };
#define ARGUMENTS_MOST 11

/** What journalctl --show-cursor puts before the place of the last entry. */
#define CURSOR_MARK "-- cursor: "

static void check_options(lua_State *L, int index)
{
  static const char *const known[] = { "timeout", "directory" };
  opts_check(L, index, "journal.unit", known, ARRAY_LEN(known));
}

/* Its last line says where it ends; without entries there is none. */
static int push_entries(lua_State *L, const char *out, size_t len, bool in_key)
{
  char cursor[FOLLOW_CURSOR_SIZE] = "";
  size_t end = len && out[len - 1] == '\n' ? len - 1 : len;
  const char *newline = memrchr(out, '\n', end), *last = newline ? newline + 1 : out;
  size_t last_len = (size_t)(out + end - last), mark_len = strlen(CURSOR_MARK);
  if (last_len > mark_len && last_len - mark_len < sizeof cursor && strncmp(last, CURSOR_MARK, mark_len) == 0) {
    snprintf(cursor, sizeof cursor, "%.*s", (int)(last_len - mark_len), last + mark_len);
    len = (size_t)(last - out);
  }
  return driver_push_more(L, out, len, driver_lines(L, ASKED), in_key, cursor, false);
}

static int end_reading(lua_State *L, const struct program_end *end)
{
  const struct child_result *r = end->result;
  int len;
  const char *said = program_complaint(r, &len);
  if (r->signal || r->code)
    return op_raise(L, OP_DOWN, "journal: %s: %.*s", lua_tostring(L, UNIT), len < 500 ? len : 500, said);
  bool in_key, follows = driver_after(L, ASKED, &in_key) != NULL;
  return follows ? push_entries(L, r->out, r->out_len, in_key) : driver_push_log(L, r->out, r->out_len, driver_lines(L, ASKED));
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
  bool in_key;
  const char *after = driver_after(L, ASKED, &in_key);
  /* One more than is told, so that it is known when there are more. */
  const char *lines = lua_pushfstring(L, "--lines=%d", driver_lines(L, ASKED) + (after && *after ? 1 : 0));
  const char *from = lua_pushfstring(L, "--after-cursor=%s", after ? after : "");
  const char *place = lua_pushfstring(L, "--directory=%s", directory ? directory : "");
  const char *argv[ARGUMENTS_MOST] = { "journalctl", "--quiet", "--no-pager", "--all", "--output=short-iso", lines, unit };
  size_t n = 7;
  if (directory)
    argv[n++] = place;
  if (after)
    argv[n++] = "--show-cursor";
  if (after && *after)
    argv[n++] = from;
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
  driver_can_follow(L);
  return 1;
}

int luaopen_journal(lua_State *L)
{
  static const luaL_Reg functions[] = { { "unit", journal_unit }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
