/* A connection that a script holds: what the modules with a protocol over a stream have in common. A module's struct begins with a struct wire and
 * is a userdata's; it is closed when the script says so or when its run ends, and released by the garbage collector.
 *
 * The module gives a kind (what happens when bytes come) and calls wire_open, then for each of its functions wire_wait with a question (`ready`:
 * is it there?) and an answer (`give`: push it). A loss, a silence and more bytes than the cap are expected failures, raised here. */
#pragma once

#include <lauxlib.h>

#include "base/buf.h"
#include "loop/stream.h"
#include "script/op.h"

struct wire;
struct wire_wait;

typedef bool (*wire_ready_fn)(struct wire *w);
typedef int (*wire_give_fn)(lua_State *L, struct wire *w);

struct wire_kind {
  const char *name;              /* of the module, before messages */
  const char *type;              /* of the userdata, "redis connection" */
  size_t size;                   /* of the module's struct */
  size_t cap;                    /* most bytes in `in` */
  void (*opened)(struct wire *); /* the stream is open, or has gone over to TLS; NULL: nothing to do */
  void (*took)(struct wire *);   /* bytes came: takes what it can out of `in`; NULL: they stay there for `ready` */
  void (*done)(struct wire *);   /* releases what the module has added; NULL: nothing */
};

struct wire {
  struct held held;
  const struct wire_kind *kind;
  struct stream *stream; /* NULL: closed by the script or with its run */
  struct buf in;         /* received and not yet taken */
  bool open;             /* the stream has been open */
  bool ended, eof;       /* nothing more comes; eof: the other side said so */
  bool no_data;
  bool remote;    /* with another machine */
  struct err why; /* it has ended */
  double connect_ms;
  int64_t began_us;
  struct wire_wait *wait;
  bool busy; /* in one of the kind's functions: whoever waits is woken afterwards */
};

/** Where a url of a module's own scheme leads. */
struct wire_address {
  char host[256];
  int port;
  bool tls;
  char path[128]; /* without its slash */
};

/** Reads "plain://host[:port][/path]" or "secure://..." (TLS). Raises when it is neither, or holds a user or a password: those are options, which
 * are not shown in messages. */
void wire_address(lua_State *L, const char *url, const char *plain, const char *secure, int port, struct wire_address *a);

/** Begins a connection and pushes it. Raises nothing; the caller goes on to wire_wait. */
struct wire *wire_open(lua_State *L, const struct wire_kind *kind, const struct stream_target *target);

/** The open connection at index; raises when it is none of this kind or closed. */
struct wire *wire_check(lua_State *L, int index, const struct wire_kind *kind);

/** Answers at once or when it is there: `return wire_wait(...)`. timeout_ms 0: until the run's own end. what ("redis PING") is for messages. */
int wire_wait(lua_State *L, struct wire *w, const char *what, int64_t timeout_ms, wire_ready_fn ready, wire_give_fn give);

/** Sends a copy of the bytes; nothing when it has ended. */
void wire_write(struct wire *w, const void *bytes, size_t len);

/** What came is not what the protocol wants: the connection has ended with this sentence. For the kind's functions. */
void wire_fail(struct wire *w, const char *format, ...) PRINTF_LIKE(2, 3);

/** For wire_wait: gives the connection itself, the last thing on the stack; the first that is given notes how long connecting took. */
int wire_give_self(lua_State *L, struct wire *w);

/** Closes it: the method `close`, and for functions that are done with it. */
int wire_close_method(lua_State *L);
void wire_close(struct wire *w);

/** Defines the kind's type with these methods, the field connect_ms, and those that `fields` pushes, which is called with the object and the key
 * (NULL: none; unknown keys push nothing). */
void wire_define(lua_State *L, const struct wire_kind *kind, const luaL_Reg *methods, lua_CFunction fields);
