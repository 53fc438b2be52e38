/* From the table that `service { ... }`, `preflight { ... }` or `channel { ... }` was given to a declaration in its JSON form (core/declaration.h,
 * core/item.h). */
#pragma once

#include <jansson.h>
#include <lua.h>

#include "base/err.h"
#include "core/item.h"

/** Reads the table at `index`: durations become milliseconds, functions are only checked. Refuses unknown keys and wrong kinds with
 * a sentence. Calls no metamethod and so raises nothing. The JSON is to be released. */
json_t *declare_read(lua_State *L, int index, enum item_kind kind, struct err *e) MUST_CHECK;
