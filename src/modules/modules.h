/* The table of everything that a script can call. One file a module; its opening comment is its manual page. */
#pragma once

struct lua_State;

/** Sets the modules as globals of a new VM. */
void modules_open(struct lua_State *L);
