/* Reading the table of options that a module's function takes as its last argument. Everything here raises with the option's name; nothing is
 * allocated, texts are borrowed from the table, which lies on the script's stack. */
#pragma once

#include <lua.h>

#include "base/base.h"

/** Raises unless index holds nil, nothing, or a table with none but the n known keys. */
void opts_check(lua_State *L, int index, const char *function, const char *const *known, size_t n);
/** t[key] as a text; NULL when it is not there. */
const char *opts_text(lua_State *L, int index, const char *key);
/** t[key] as a whole number within bounds; otherwise when it is not there. */
int64_t opts_number(lua_State *L, int index, const char *key, int64_t otherwise, int64_t least, int64_t most);
/** t[key] as a boolean; otherwise when it is not there. */
bool opts_flag(lua_State *L, int index, const char *key, bool otherwise);
