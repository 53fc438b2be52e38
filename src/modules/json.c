/* json: text to values and back.
 *
 *   json.decode(text) -> value       raises an expected failure on bad JSON: what a service sends is the service's fault
 *   json.encode(value) -> text       keys in the order of the table; raises on what has no JSON form
 *   json.array(table?) -> table      marks a table as an array, also when it is empty
 *   json.null                        null, where a key has to be there
 *
 * A table with the keys 1..n is an array, an empty one an object. null comes as json.null. At most 64 deep.
 *
 * Example:
 *   local job = json.decode(http.get(url).body)
 *   return { waiting = #job.queue }
 */
#include <lauxlib.h>

#include "base/json.h"
#include "script/json_value.h"
#include "script/op.h"

int luaopen_json(lua_State *L);

static int json_decode(lua_State *L)
{
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  struct json_box *box = json_value_box(L);
  struct err e;
  box->value = json_read(text, len, &e);
  if (!box->value)
    return op_raise(L, OP_DOWN, "%s", e.text);
  json_value_push(L, box->value);
  json_value_unbox(box);
  return 1;
}

static int json_encode(lua_State *L)
{
  luaL_checkany(L, 1);
  struct json_box *box = json_value_box(L);
  struct err e;
  box->value = json_value_at(L, 1, &e);
  if (!box->value)
    return luaL_error(L, "json.encode: %s", e.text);
  box->text = json_line(box->value);
  lua_pushstring(L, box->text);
  json_value_unbox(box);
  return 1;
}

static int json_array_of(lua_State *L)
{
  if (lua_isnoneornil(L, 1))
    lua_newtable(L);
  luaL_checktype(L, -1, LUA_TTABLE);
  json_value_mark_array(L);
  return 1;
}

int luaopen_json(lua_State *L)
{
  static const luaL_Reg functions[] = { { "decode", json_decode }, { "encode", json_encode }, { "array", json_array_of }, { NULL, NULL } };
  luaL_newlib(L, functions);
  json_value_push_null(L);
  lua_setfield(L, -2, "null");
  return 1;
}
