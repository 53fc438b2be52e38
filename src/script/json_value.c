#include "script/json_value.h"

#include <lauxlib.h>
#include <math.h>

#include "base/json.h"

/* The address is the value of json.null. */
static char null_address;
static const char array_mark[] = "json.array";

void json_value_push_null(lua_State *L)
{
  lua_pushlightuserdata(L, &null_address);
}

void json_value_mark_array(lua_State *L)
{
  luaL_newmetatable(L, array_mark);
  lua_setmetatable(L, -2);
}

static void push_table(lua_State *L, const json_t *value)
{
  json_t *object = (json_t *)(uintptr_t)value, *item;
  const char *key;
  size_t i;
  if (json_is_array(value)) {
    lua_createtable(L, (int)json_array_size(value), 0);
    json_array_foreach(object, i, item) {
      json_value_push(L, item);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    json_value_mark_array(L);
    return;
  }
  lua_createtable(L, 0, (int)json_object_size(value));
  json_object_foreach(object, key, item) {
    json_value_push(L, item);
    lua_setfield(L, -2, key);
  }
}

int json_value_push(lua_State *L, const json_t *value)
{
  luaL_checkstack(L, 8, "JSON is nested too deeply");
  switch (json_typeof(value)) {
  case JSON_OBJECT:
  case JSON_ARRAY: push_table(L, value); break;
  case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
  case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
  case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
  case JSON_TRUE: lua_pushboolean(L, 1); break;
  case JSON_FALSE: lua_pushboolean(L, 0); break;
  case JSON_NULL: json_value_push_null(L); break;
  }
  return 1;
}

static json_t *read_value(lua_State *L, int index, int depth, struct err *e);

static bool is_array(lua_State *L, int table)
{
  bool marked = false;
  if (lua_getmetatable(L, table)) {
    luaL_getmetatable(L, array_mark);
    marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  return marked || lua_rawlen(L, table) > 0;
}

static json_t *read_array(lua_State *L, int table, int depth, struct err *e)
{
  json_t *array = json_array();
  lua_Unsigned n = lua_rawlen(L, table);
  for (lua_Unsigned i = 1; i <= n; i++) {
    lua_rawgeti(L, table, (lua_Integer)i);
    json_t *item = read_value(L, lua_gettop(L), depth, e);
    lua_pop(L, 1);
    if (!item) {
      json_decref(array);
      return NULL;
    }
    json_array_append_new(array, item);
  }
  return array;
}

static json_t *read_object(lua_State *L, int table, int depth, struct err *e)
{
  json_t *object = json_object();
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    json_t *item = NULL;
    if (lua_type(L, -2) != LUA_TSTRING)
      err_set(e, "a table with both texts and other things as keys has no JSON form");
    else
      item = read_value(L, lua_gettop(L), depth, e);
    if (!item || json_object_set_new(object, lua_tostring(L, -2), item) != 0) {
      if (item)
        err_set(e, "a key is not UTF-8");
      lua_pop(L, 2);
      json_decref(object);
      return NULL;
    }
  }
  return object;
}

static json_t *read_number(lua_State *L, int index, struct err *e)
{
  if (lua_isinteger(L, index))
    return json_integer(lua_tointeger(L, index));
  if (isfinite(lua_tonumber(L, index)))
    return json_real(lua_tonumber(L, index));
  err_set(e, "the number %g has no JSON form", lua_tonumber(L, index));
  return NULL;
}

static json_t *read_value(lua_State *L, int index, int depth, struct err *e)
{
  if (depth > JSON_VALUE_DEPTH || !lua_checkstack(L, 8)) {
    err_set(e, "nested more than %d deep, or a table that contains itself", JSON_VALUE_DEPTH);
    return NULL;
  }
  switch (lua_type(L, index)) {
  case LUA_TNIL: return json_null();
  case LUA_TBOOLEAN: return json_boolean(lua_toboolean(L, index));
  case LUA_TNUMBER: return read_number(L, index, e);
  case LUA_TSTRING: return json_string_from(lua_tostring(L, index), lua_rawlen(L, index));
  case LUA_TTABLE: return is_array(L, index) ? read_array(L, index, depth + 1, e) : read_object(L, index, depth + 1, e);
  case LUA_TLIGHTUSERDATA:
    if (lua_touserdata(L, index) == &null_address)
      return json_null();
    break;
  }
  err_set(e, "a %s has no JSON form", luaL_typename(L, index));
  return NULL;
}

json_t *json_value_at(lua_State *L, int index, struct err *e)
{
  return read_value(L, lua_absindex(L, index), 0, e);
}

void json_value_unbox(struct json_box *box)
{
  json_decref(box->value);
  free(box->text);
  *box = (struct json_box){ 0 };
}

static int collect_box(lua_State *L)
{
  json_value_unbox(lua_touserdata(L, 1));
  return 0;
}

struct json_box *json_value_box(lua_State *L)
{
  struct json_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (struct json_box){ 0 };
  if (luaL_newmetatable(L, "json box")) {
    lua_pushcfunction(L, collect_box);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return box;
}
