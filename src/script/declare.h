/* From the table that `service { ... }` was given to a declaration in its JSON form (core/declaration.h). */
#pragma once

#include <jansson.h>
#include <lua.h>

#include "base/err.h"

/** Reads the table at `index`: durations become milliseconds, functions are only checked. Refuses unknown keys and wrong kinds with
 * a sentence. The JSON is to be released. */
json_t *declare_read(lua_State *L, int index, struct err *e) MUST_CHECK;
