/* The runners: as many processes as asked for, each with a socket for messages and a page of shared memory that shows whether it lives.
 *
 * A runner may hang, leak or crash. It is then killed and replaced; the run that it was executing gets an outcome that names it, every other run
 * that it had is repeated on its successor, and nobody upstream notices. Lives as long as the scheduler. */
#pragma once

#include "base/err.h"
#include "core/message.h"
#include "scheduler/scheduler.h"

struct outcome;
struct pool;
struct script_source;

typedef void (*pool_outcome_fn)(void *arg, struct service *service, const struct outcome *o, int64_t late_us);
/** m->error: refused, or what its reading did to a runner. */
typedef void (*pool_loaded_fn)(void *arg, const struct message_loaded *m);

/** Starts n runners of the program at path. secrets may be NULL. Loads are answered to on_loaded(arg). */
struct pool *pool_new(struct scheduler *s, const char *path, size_t n, const char *secrets, pool_loaded_fn on_loaded, void *arg);
/** Has the runners end; runs on their way get no outcome. The loop then turns until they were reaped, and pool_free releases the rest. */
void pool_stop(struct pool *p);
void pool_free(struct pool *p);

/** What a deed that is not done yet says that it is at; the text is borrowed. */
typedef void (*pool_progress_fn)(void *arg, const char *text);

/** One call of a function that an item declares beside a service's probe: "restart", "action:free-vram", "send" ... */
struct deed {
  enum item_kind kind;
  const char *file, *name; /* of the item, and of the file that declares it */
  const char *what;
  const json_t *argument; /* NULL: none */
  int64_t timeout_ms;
  pool_progress_fn on_progress; /* called with pool_do's arg; NULL: nobody wants to know */
};

typedef void (*pool_deed_fn)(void *arg, const struct outcome *o);

/** Has it done, by the file's version in use. fn is called once, later: healthy, it returned (o->answer); down, an expected failure; no data, a bug.
 * A deed that was sent and whose runner is lost is not repeated, since it may have been done: it has no data then. Everything is copied. False, and fn
 * is not called: no version of that file is in use. */
bool pool_do(struct pool *p, const struct deed *deed, pool_deed_fn fn, void *arg) MUST_CHECK;
/** Deeds of that arg tell nobody any more. */
void pool_abandon(struct pool *p, const void *arg);

/** Runs a service's probe; its file's source in use comes from files_in_use(). fn is called once. due_us is monotonic. */
void pool_run(struct pool *p, struct service *service, int64_t due_us, pool_outcome_fn fn, void *arg);

/** Has one runner build the script, to see whether it can be used. The source is borrowed until it is answered or pool_forget is called. */
void pool_try(struct pool *p, const struct script_source *source);
/** The file is gone: its trial is not answered, its script is dropped. */
void pool_forget(struct pool *p, const char *file);

/** For status: what runner i is doing; false past the last one. */
struct runner_state {
  int pid;
  size_t runs;       /* on their way */
  unsigned restarts; /* since the scheduler's start */
};
bool pool_runner(const struct pool *p, size_t i, struct runner_state *state);
