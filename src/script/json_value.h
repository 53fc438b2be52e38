/* Values between JSON and Lua.
 * Objects and arrays become tables. null becomes json.null (a light userdata), so that a key with null is not lost; in the other direction a
 * table with the keys 1..n is an array, an empty one an object, unless json_value_mark_array marked it. */
#pragma once

#include <jansson.h>
#include <lua.h>

#include "base/err.h"

/** Deepest nesting that is converted. */
#define JSON_VALUE_DEPTH 64

/** Pushes the value; returns 1. */
int json_value_push(lua_State *L, const json_t *value);

/** The value at index, to be released; NULL with a sentence when it holds a function, a cycle, a number that JSON has no word for. Calls no
 * metamethod. */
json_t *json_value_at(lua_State *L, int index, struct err *e) MUST_CHECK;

/** Pushes json.null. */
void json_value_push_null(lua_State *L);

/** Marks the table on top of the stack as an array, also when it is empty. */
void json_value_mark_array(lua_State *L);

/** JSON or a text that must not be lost when Lua raises: the box lies on the script's stack and releases what is in it when it is collected. */
struct json_box {
  json_t *value;
  char *text;
};

/** Pushes an empty box. */
struct json_box *json_value_box(lua_State *L);
/** Empties it at once, rather than some time. */
void json_value_unbox(struct json_box *box);
