/* A run from the inside, for run.c and op.c only. */
#pragma once

#include "script/run.h"

struct run {
  struct run *next, **link;
  struct script *script;
  struct script_service *service; /* of a probe or a judgement, NULL: a deed */
  const char *name;               /* of the item */
  char *what;                     /* "probe", or the deed */
  struct script_context context;  /* of its coroutine */
  lua_State *co;
  int thread;         /* the coroutine's reference in the registry */
  struct op *pending; /* the operation that it sleeps on, NULL: it is executing */
  struct held *held;  /* its connections */
  bool is_remote;     /* the last operation waited for another machine */
  bool reached;       /* one that did had its answer */
  bool unreached;     /* one that did had none, or it was not what was expected */
  bool judging;       /* the probe is through: no more I/O */
  unsigned ticks;     /* of CPU time used, see watchdog.h */
  uv_timer_t timer;
  int64_t timeout_ms, began_us; /* monotonic */
  int64_t latency_ms;
  json_t *measures;
  json_t *answer;      /* of a deed */
  json_t *trace;       /* NULL: not asked for */
  int64_t op_began_us; /* of the pending operation */
  run_done_fn done;
  void *arg;
};

/** Resumes a run whose pending operation is over. */
void run_wake(struct run *run);
