/* The contract between the engine and the modules that do I/O, in three functions: op_wait, op_ready, and a cancel of the module's own.
 *
 * A module function called from Lua checks its arguments, allocates its operation (a struct with a struct op in it), starts it on the
 * loop and returns op_wait(L, &mine->op). The run sleeps. When the operation is over, the module's loop callback calls
 * op_ready(&mine->op) as the last thing it does; the engine then calls finish() on the run's own stack, which pushes the results or
 * raises. Exactly one of finish and cancel is called, and either one releases the operation.
 *
 * A run has at most one pending operation. What must live longer than one call (a connection) is a struct held: it is released when
 * the script lets go of it or when its run ends, whichever comes first.
 *
 * An expected failure (refused, timed out, bad status) is a raised table made by op_raise: the service is down. A bug in a script is a raised
 * string: no data. luaL_error is a longjmp: arguments first, resources after, nothing held across a raise. */
#pragma once

#include <lua.h>
#include <uv.h>

#include "base/err.h"

struct multis;
struct resolver;
struct transfers;

/** What the modules share; made by the runner, lives as long as the process. */
struct script_env {
  uv_loop_t *loop;
  struct resolver *resolver;
  struct multis *multis;                            /* libcurl on the loop */
  struct transfers *transfers;                      /* HTTP requests by it */
  void (*on_progress)(void *arg, const char *text); /* what a deed says that it is at; arg: its run's. NULL: nobody wants to know */
  bool trace;                                       /* note each operation and its time in the run's outcome */
  const char *secrets_dir;                          /* files that `secret "name"` reads; NULL: none */
};

struct op {
  struct run *run;
  const char *what;                           /* "http GET http://..."; for messages and traces; owned by the operation */
  int (*finish)(lua_State *L, struct op *op); /* pushes and counts the results, or raises; releases the operation first */
  void (*cancel)(struct op *op);              /* the run is over: stop, release, call nobody */
  bool remote; /* it waits for another machine, see op_is_remote: that it fails may be our own network's doing */
};

struct held {
  struct held *next, **link;          /* the engine's */
  void (*release)(struct held *held); /* closes and releases what it is part of */
};

/** Is this host (a name or an address; NULL or a path: a socket of this machine) another machine? Loopback addresses and localhost are none. */
bool op_is_remote(const char *host);
/** The same of a URL's host. */
bool op_is_remote_url(const char *url);

/** Puts the run to sleep until op_ready; to be returned: `return op_wait(L, &mine->op);`. op->what, finish and cancel are set. */
int op_wait(lua_State *L, struct op *op);

/** The operation is over: wakes the run. Everything may have been released when it returns. */
void op_ready(struct op *op);

/** Raises "attempt to do I/O while the file is being read" unless a run is going on: first line of a function that will op_wait. */
void op_check_running(lua_State *L);

enum op_failure {
  OP_DOWN,   /* the service's fault: a `down` result with this message */
  OP_NO_DATA /* the monitor's own (its resolver is broken, no memory for it): no data */
};

/** Raises an expected failure, a table {message, no_data} with a __tostring. Does not return. */
int op_raise(lua_State *L, enum op_failure kind, const char *format, ...) PRINTF_LIKE(3, 4);
/** The same with a field `code`, the protocol's own number for what is wrong (0: none). */
int op_raise_code(lua_State *L, enum op_failure kind, int code, const char *format, ...) PRINTF_LIKE(4, 5);

/** The shared things. */
struct script_env *op_env(lua_State *L);

/** Milliseconds until the run's own timeout; modules cap their timeouts by it (the run's end cancels them anyway). */
int64_t op_time_left_ms(lua_State *L);

/** An optional duration argument field: t[key] as "5s" or a number of seconds, otherwise `otherwise` ms. Raises on bad ones. */
int64_t op_opt_duration(lua_State *L, int table, const char *key, int64_t otherwise);

/** Has the run release it at its end, unless op_let_go comes first. */
void op_hold(lua_State *L, struct held *held);
void op_let_go(struct held *held);

/** What the deed that is going on is at, for those who wait for it. Of a probe, or while the file is being read: nothing happens. */
void op_progress(lua_State *L, const char *text);

/** Is it a channel's send that is going on? */
bool op_is_send(lua_State *L);

/** Whose code this is, for the log: the service's name, or the file's while it is being read. */
const char *op_who(lua_State *L);
