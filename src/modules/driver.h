/* Drivers: what a declaration's `restart` and `logs` may be instead of a function. A driver is a plain table, { driver = "systemd", target =
 * "comfyui.service", run = function }: the engine only ever calls `run`, which does its work in a run as any function of the script does. */
#pragma once

#include <lua.h>

#include "base/base.h"

/** Lines of a log, when nobody says how many, and the most that are given. */
#define DRIVER_LINES 100
#define DRIVER_LINES_MOST 1000
/** Most bytes of a log that are given: the last ones. */
#define DRIVER_LOG_CAP (128 * 1024)

/** Pops the function on top of the stack and pushes the driver that it runs. `driver` and `target` tell people what it is. */
void driver_push(lua_State *L, const char *driver, const char *target);

/** How many lines a log source's `run` was asked for by its argument: a number, a table with a number `lines`, or nothing; within bounds. */
int driver_lines(lua_State *L, int index);

/** Notes in the driver on top of the stack that its `run` understands {lines, after} (core/follow.h). */
void driver_can_follow(lua_State *L);
/** Where a follower was, as driver_push_more has said it, from the argument of `run`: "" at the beginning; NULL: nobody follows. *in_key is for
 * driver_push_more. The text stays on the stack. */
const char *driver_after(lua_State *L, int index, bool *in_key);
/** Pushes what a follower is told, {text, cursor, gap}: as driver_push_log, and the place behind it ("": as before). Returns 1. */
int driver_push_more(lua_State *L, const char *bytes, size_t len, int lines, bool in_key, const char *cursor, bool gap);

/** Pushes a copy of the list of arguments at index `list`; in each that is "{lines}" stands how many lines `run` was asked for by its argument at
 * `asked`. */
void driver_push_argv(lua_State *L, int list, int asked);

/** The name of a unit at index, completed to a service's where it has no suffix. Raises when it is none. */
const char *driver_unit(lua_State *L, int index);

/** Pushes what a log source returns: the last lines of len bytes, cleaned and with its secrets masked (core/logtext.h), by the rules that
 * settings.logs.mask adds. Returns 1. Raises when those are malformed. The bytes must not move or go while Lua allocates. */
int driver_push_log(lua_State *L, const char *bytes, size_t len, int lines);

/** A function for lua_callk: sleeps as many milliseconds as its argument says. */
int driver_pause(lua_State *L);
