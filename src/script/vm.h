/* One Lua 5.4 state for one script file, with a cap on its memory and only harmless libraries.
 * A file's VM is its isolation: reload is a swap, and what one file does to its globals no other sees. */
#pragma once

#include <lua.h>

#include "base/base.h"

/** Memory that a script's VM may hold, bytes. */
#define VM_MEMORY_CAP (32 * 1024 * 1024)
/** What a module's answer may take beyond it, until the script sleeps or ends; what modules return is capped by themselves. */
#define VM_LENT_CAP (24 * 1024 * 1024)

struct vm {
  lua_State *L;
  size_t used; /* bytes held */
  size_t lent; /* beyond the cap, for a module's answer */
  bool strict; /* the cap holds: a script's code is running. The engine's own work between is never refused memory. */
};

/** Opens the state and the sandbox's globals. Never fails: running out of memory here aborts. */
void vm_init(struct vm *vm);
void vm_done(struct vm *vm);

/** Sets the globals that scripts may use: base without load and friends, string, table, math, utf8, with bounds. (sandbox.c) */
void sandbox_open(lua_State *L);
