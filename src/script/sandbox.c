/* What a script sees of Lua's own libraries. Left out: everything that reaches outside (io, os, package, debug, load ...) and everything
 * that the watchdog's hook cannot interrupt or that runs code behind its back (coroutine, xpcall, collectgarbage, __gc). Functions that
 * can loop inside C for a number that a script names are bounded here. */
#include <lauxlib.h>
#include <lualib.h>

#include "script/vm.h"

/** Most elements that one call of table.move, insert, concat or unpack may touch, and most bytes that string.rep may make. */
#define SANDBOX_ELEMENTS 100000
#define SANDBOX_REP_BYTES (8 * 1024 * 1024)

/* The original function is the wrapper's first upvalue. */
static int call_original(lua_State *L)
{
  int n = lua_gettop(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, n, LUA_MULTRET);
  return lua_gettop(L);
}

static int bounded_rep(lua_State *L)
{
  size_t len, separator;
  luaL_checklstring(L, 1, &len);
  lua_Integer n = luaL_checkinteger(L, 2);
  luaL_optlstring(L, 3, "", &separator);
  if (n > 0 && (uint64_t)n > SANDBOX_REP_BYTES / (len + separator ? len + separator : 1))
    return luaL_error(L, "string.rep: the result would be longer than %d bytes", SANDBOX_REP_BYTES);
  return call_original(L);
}

/* Lengths come from a plain table's border only: a __len could claim any. */
static void check_plain(lua_State *L, const char *function)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL || luaL_getmetafield(L, 1, "__index") != LUA_TNIL ||
      luaL_getmetafield(L, 1, "__newindex") != LUA_TNIL)
    luaL_error(L, "%s: works on plain tables only, not on one with __len, __index or __newindex", function);
}

static void check_span(lua_State *L, const char *function, lua_Integer from, lua_Integer to)
{
  if (from <= to && (uint64_t)to - (uint64_t)from >= SANDBOX_ELEMENTS)
    luaL_error(L, "%s: more than %d elements in one call", function, SANDBOX_ELEMENTS);
}

static int bounded_concat(lua_State *L)
{
  check_plain(L, "table.concat");
  lua_Integer from = luaL_optinteger(L, 3, 1), to = luaL_opt(L, luaL_checkinteger, 4, (lua_Integer)lua_rawlen(L, 1));
  check_span(L, "table.concat", from, to);
  return call_original(L);
}

static int bounded_unpack(lua_State *L)
{
  check_plain(L, "table.unpack");
  lua_Integer from = luaL_optinteger(L, 2, 1), to = luaL_opt(L, luaL_checkinteger, 3, (lua_Integer)lua_rawlen(L, 1));
  check_span(L, "table.unpack", from, to);
  return call_original(L);
}

static int bounded_insert(lua_State *L)
{
  check_plain(L, "table.insert");
  if (lua_gettop(L) > 2)
    check_span(L, "table.insert", luaL_checkinteger(L, 2), (lua_Integer)lua_rawlen(L, 1));
  return call_original(L);
}

static int bounded_remove(lua_State *L)
{
  check_plain(L, "table.remove");
  if (lua_gettop(L) > 1)
    check_span(L, "table.remove", luaL_checkinteger(L, 2), (lua_Integer)lua_rawlen(L, 1));
  return call_original(L);
}

static int bounded_move(lua_State *L)
{
  check_plain(L, "table.move");
  check_span(L, "table.move", luaL_checkinteger(L, 2), luaL_checkinteger(L, 3));
  return call_original(L);
}

static int bounded_sort(lua_State *L)
{
  check_plain(L, "table.sort");
  check_span(L, "table.sort", 1, (lua_Integer)lua_rawlen(L, 1));
  if (lua_iscfunction(L, 2)) /* table.sort(t, pcall): no hook ever fires inside */
    return luaL_error(L, "table.sort: the comparator must be a Lua function");
  return call_original(L);
}

static int guarded_setmetatable(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_istable(L, 2)) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL)
      return luaL_error(L, "setmetatable: __gc is not available to scripts; connections are closed at the end of the run by themselves");
    lua_pop(L, 1);
  }
  return call_original(L);
}

/* The metatables of strings and of the modules' objects stay the engine's. */
static int guarded_getmetatable(lua_State *L)
{
  if (!lua_istable(L, 1)) {
    lua_pushnil(L);
    return 1;
  }
  return call_original(L);
}

static const struct {
  const char *table, *name; /* table NULL: a global */
  lua_CFunction wrapper;    /* NULL: removed */
} changes[] = {
  { NULL, "collectgarbage", NULL },
  { NULL, "dofile", NULL },
  { NULL, "load", NULL },
  { NULL, "loadfile", NULL },
  { NULL, "print", NULL }, /* stdout is the line to the scheduler: log.info */
  { NULL, "warn", NULL },
  { NULL, "xpcall", NULL },
  { NULL, "setmetatable", guarded_setmetatable },
  { NULL, "getmetatable", guarded_getmetatable },
  { "string", "dump", NULL },
  { "string", "rep", bounded_rep },
  { "table", "concat", bounded_concat },
  { "table", "insert", bounded_insert },
  { "table", "move", bounded_move },
  { "table", "remove", bounded_remove },
  { "table", "sort", bounded_sort },
  { "table", "unpack", bounded_unpack },
};

void sandbox_open(lua_State *L)
{
  static const luaL_Reg libraries[] = {
    { LUA_GNAME, luaopen_base },       { LUA_STRLIBNAME, luaopen_string }, { LUA_TABLIBNAME, luaopen_table },
    { LUA_MATHLIBNAME, luaopen_math }, { LUA_UTF8LIBNAME, luaopen_utf8 },
  };
  for (size_t i = 0; i < ARRAY_LEN(libraries); i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
    if (changes[i].table)
      lua_getglobal(L, changes[i].table);
    else
      lua_pushglobaltable(L);
    if (changes[i].wrapper) {
      lua_getfield(L, -1, changes[i].name);
      lua_pushcclosure(L, changes[i].wrapper, 1);
    } else {
      lua_pushnil(L);
    }
    lua_setfield(L, -2, changes[i].name);
    lua_pop(L, 1);
  }
}
