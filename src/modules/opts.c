#include "modules/opts.h"

#include <lauxlib.h>

#include "script/op.h"

void opts_check(lua_State *L, int index, const char *function, const char *const *known, size_t n)
{
  if (lua_isnoneornil(L, index))
    return;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    bool found = false;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    for (size_t i = 0; i < n; i++)
      found = found || strcmp(key, known[i]) == 0;
    if (!found)
      luaL_error(L, "%s: there is no option \"%s\"", function, key);
  }
}

/* The type of t[key], which is left on the stack. */
static int field(lua_State *L, int index, const char *key)
{
  if (lua_istable(L, index))
    return lua_getfield(L, index, key);
  lua_pushnil(L);
  return LUA_TNIL;
}

const char *opts_text(lua_State *L, int index, const char *key)
{
  int type = field(L, index, key);
  const char *text = type == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  lua_pop(L, 1); /* the table keeps it */
  if (type != LUA_TSTRING && type != LUA_TNIL)
    luaL_error(L, "%s: must be a text", key);
  return text;
}

int64_t opts_number(lua_State *L, int index, const char *key, int64_t otherwise, int64_t least, int64_t most)
{
  int whole = 0, type = field(L, index, key);
  int64_t number = type == LUA_TNIL ? otherwise : lua_tointegerx(L, -1, &whole);
  lua_pop(L, 1);
  if (type != LUA_TNIL && (!whole || number < least || number > most))
    luaL_error(L, "%s: must be a whole number from %I to %I", key, (LUAI_UACINT)least, (LUAI_UACINT)most);
  return number;
}

bool opts_flag(lua_State *L, int index, const char *key, bool otherwise)
{
  int type = field(L, index, key);
  bool flag = type == LUA_TNIL ? otherwise : lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    luaL_error(L, "%s: must be true or false", key);
  return flag;
}

int64_t opts_timeout(lua_State *L, int index, int64_t otherwise)
{
  lua_settop(L, index);
  lua_createtable(L, 0, 1);
  lua_insert(L, index);
  lua_setfield(L, index, "timeout");
  return op_opt_duration(L, index, "timeout", otherwise);
}

struct trust opts_trust(lua_State *L, int index)
{
  struct trust trust = {
    .no_verify = !opts_flag(L, index, "verify", true),
    .ca_file = opts_text(L, index, "ca"),
    .cert_file = opts_text(L, index, "cert"),
    .key_file = opts_text(L, index, "key"),
  };
  if (trust.key_file && !trust.cert_file)
    luaL_error(L, "key: of which certificate? cert is needed, too");
  return trust;
}

size_t opts_headers(lua_State *L, int index, const char **headers, size_t cap)
{
  size_t n = 0;
  if (field(L, index, "headers") == LUA_TNIL)
    return 0;
  luaL_argcheck(L, lua_istable(L, -1), index, "headers must be a table");
  int table = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table);) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_isstring(L, -1), index, "headers must be texts with names");
    const char *name = lua_tostring(L, -2), *value = lua_tostring(L, -1);
    if (n == cap)
      luaL_error(L, "more than %d headers", (int)cap);
    if (strpbrk(name, "\r\n:") || strpbrk(value, "\r\n"))
      luaL_error(L, "the header %s holds a line break or a colon in its name", name);
    luaL_checkstack(L, 4, "too many headers");
    headers[n++] = lua_pushfstring(L, "%s: %s", name, value);
    lua_insert(L, -3); /* the joined text below the key, which lua_next wants on top */
    lua_pop(L, 1);
  }
  return n;
}

const char *opts_bearer(lua_State *L, int index)
{
  const char *token = opts_text(L, index, "bearer");
  if (!token)
    return NULL;
  if (strpbrk(token, "\r\n"))
    luaL_error(L, "bearer: the token holds a line break");
  return lua_pushfstring(L, "Authorization: Bearer %s", token);
}

void opts_define_type(lua_State *L, const char *type, lua_CFunction gc, lua_CFunction index, const luaL_Reg *methods)
{
  luaL_newmetatable(L, type);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_pushcclosure(L, index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
