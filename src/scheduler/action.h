/* One quick action: its way from asked for to ended. For actions.c, which holds them all. */
#pragma once

#include <jansson.h>

#include "core/rescue.h"
#include "scheduler/actions.h"

enum action_state { ACTION_QUEUED, ACTION_RUNNING, ACTION_WATCHING, ACTION_DONE, ACTION_FAILED };

struct action {
  struct action *next, **link;
  struct actions *all;
  char id[33];
  char *service, *name, *actor, *source, *key;
  json_t *argument; /* what its function is called with */
  enum action_state state;
  const char *outcome; /* "helped", "did_not_help", "failed"; NULL: none (yet) */
  char *progress;      /* what it said last that it is at; NULL: nothing */
  char *error;
  json_t *output;
  int64_t requested_us, started_us, ended_us;
  int64_t requested_ms; /* monotonic */
  int64_t audit_seq;    /* it begins when that is durable */
  struct rescue rescue;
  int64_t next_run_ms;
  bool skip_run; /* one was on its way when the restart was done: what it says is older */
  struct asking *asking;
};

struct actions {
  struct scheduler *scheduler;
  uv_timer_t timer;
  struct action *first; /* newest first */
  json_t *histories;    /* {service: {"times", "helped"}} of restarts */
};

/** A new one, first of all; service and name are copied. */
struct action *action_new(struct actions *all, const char *service, const char *name);
/** Takes it out and releases it. */
void action_release(struct action *a);
/** As the API shows it; to be released. */
json_t *action_present(const struct action *a);
/** It has moved on: into the journal for Postgres and for a restart, and to those who watch. */
void action_tell(struct action *a);
/** Begins what was asked for; its audit row is durable. */
void action_start(struct action *a);
/** error NULL: it is done. outcome: "helped", "did_not_help", NULL. */
void action_end(struct action *a, const char *outcome, const char *error);
/** A run of its service has ended. */
void action_run_ended(struct action *a, const struct outcome *o);
/** Time has passed. */
void action_look(struct action *a, int64_t now_ms);
