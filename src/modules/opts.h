/* What modules share on the Lua side: reading the table of options that a function takes as its last argument, and defining types. Everything here
 * raises with the option's name; nothing is allocated, texts are borrowed from the table, which lies on the script's stack. */
#pragma once

#include <lauxlib.h>

#include "base/base.h"
#include "loop/trust.h"

/** Raises unless index holds nil, nothing, or a table with none but the n known keys. */
void opts_check(lua_State *L, int index, const char *function, const char *const *known, size_t n);
/** t[key] as a text; NULL when it is not there. */
const char *opts_text(lua_State *L, int index, const char *key);
/** t[key] as a whole number within bounds; otherwise when it is not there. */
int64_t opts_number(lua_State *L, int index, const char *key, int64_t otherwise, int64_t least, int64_t most);
/** t[key] as a boolean; otherwise when it is not there. */
bool opts_flag(lua_State *L, int index, const char *key, bool otherwise);

/** A timeout that is an argument of its own, "5s" or a number of seconds, the last one (what follows it is dropped); otherwise when there is none.
 * Milliseconds. */
int64_t opts_timeout(lua_State *L, int index, int64_t otherwise);

/** t's verify, ca, cert and key. */
struct trust opts_trust(lua_State *L, int index);
#define OPTS_TRUST "verify", "ca", "cert", "key"

/** t.headers as "Name: value" texts, which stay on the script's stack: at most cap; how many. Line breaks and colons in names are refused. */
size_t opts_headers(lua_State *L, int index, const char **headers, size_t cap);

/** t.bearer as a header "Authorization: Bearer ...", which stays on the script's stack; NULL when there is none. */
const char *opts_bearer(lua_State *L, int index);

/** Defines the type of a module's objects (userdata): released by `gc`, fields read by `index`, which has the table of methods as its first upvalue. */
void opts_define_type(lua_State *L, const char *type, lua_CFunction gc, lua_CFunction index, const luaL_Reg *methods);
