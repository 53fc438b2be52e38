/* One runner as a process: started with a socket for its lines and a page of shared memory that shows whether it lives, killed when it has stopped
 * turning its loop, started again when it has died. What it is sent and what it answers is its owner's (pool.c). */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "core/beat.h"

struct linepipe;

/** Why a runner died, as far as it is known. */
struct runner_death {
  bool guilty;      /* it was executing a script then; else the rest is empty */
  char service[64]; /* the item's name, "": the file was being read */
  char what[64];    /* which of its functions */
  char file[128];
  char text[512]; /* a sentence that names the script */
};

/** What its owner is told. */
struct runner_events {
  void (*up)(void *owner); /* it can be sent lines */
  void (*line)(void *owner, char *line, size_t len);
  void (*died)(void *owner, const struct runner_death *death); /* and will be up again */
  void *owner;
};

struct runner_process {
  uv_loop_t *loop;
  char *path, *secrets;
  struct runner_events events;
  uv_process_t process;
  uv_timer_t timer;      /* the next start; when stopping: the kill */
  struct linepipe *pipe; /* NULL: not running */
  struct beat *page;
  uint64_t alive;   /* of the page, when last looked at */
  int64_t alive_ms; /* when it last changed */
  int64_t started_ms;
  int64_t delay_ms; /* before the next start */
  unsigned restarts;
  bool stalled; /* killed for it */
  bool stopping;
};

/** Starts the program at path; secrets may be NULL. Both texts are borrowed. up may be called before it returns. */
void runner_process_start(struct runner_process *r, uv_loop_t *loop, char *path, char *secrets, const struct runner_events *events);
/** To be called every BEAT_EVERY_MS: kills one that has stopped ticking. */
void runner_process_look(struct runner_process *r);
/** Has it end for good; the loop then turns until it was reaped. Nobody is told. */
void runner_process_stop(struct runner_process *r);
void runner_process_done(struct runner_process *r);
