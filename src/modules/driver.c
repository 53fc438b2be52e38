#include "modules/driver.h"

#include <lauxlib.h>

void driver_push(lua_State *L, const char *driver, const char *target)
{
  lua_createtable(L, 0, 3);
  lua_insert(L, -2);
  lua_setfield(L, -2, "run");
  lua_pushstring(L, driver);
  lua_setfield(L, -2, "driver");
  lua_pushstring(L, target);
  lua_setfield(L, -2, "target");
}

int driver_lines(lua_State *L, int index)
{
  lua_Integer lines = DRIVER_LINES;
  if (lua_istable(L, index)) {
    lua_getfield(L, index, "lines");
    lines = luaL_optinteger(L, -1, DRIVER_LINES);
    lua_pop(L, 1);
  } else {
    lines = luaL_optinteger(L, index, DRIVER_LINES);
  }
  return lines < 1 ? 1 : lines > DRIVER_LINES_MOST ? DRIVER_LINES_MOST : (int)lines;
}
