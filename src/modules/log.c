/* log: a line in the log of Signalbox, with the service's name.
 *
 *   log.info(text)
 *   log.warn(text)
 *   log.error(text)
 *   log.progress(text)    what a restart or another action is at ("waits for 2 jobs"), shown to those who wait for it; no line in the log
 *
 * Cut to 400 bytes. A run says its progress a thousand times at most. Never log a secret.
 *
 * Example:
 *   log.info("the queue is empty")
 */
#include <lauxlib.h>

#include "base/log.h"
#include "script/op.h"

int luaopen_log(lua_State *L);

static int write_line(lua_State *L, enum log_level level)
{
  char text[401];
  snprintf(text, sizeof text, "%s", luaL_checkstring(L, 1));
  log_event(level, "script", "service=%s text=%s", op_who(L), LOG_QUOTE(text));
  return 0;
}

static int log_info_line(lua_State *L)
{
  return write_line(L, LOG_INFO);
}

static int log_warn_line(lua_State *L)
{
  return write_line(L, LOG_WARN);
}

static int log_error_line(lua_State *L)
{
  return write_line(L, LOG_ERROR);
}

static int log_progress(lua_State *L)
{
  char text[401];
  snprintf(text, sizeof text, "%s", luaL_checkstring(L, 1));
  op_progress(L, text);
  return 0;
}

int luaopen_log(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "info", log_info_line }, { "warn", log_warn_line }, { "error", log_error_line }, { "progress", log_progress }, { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
