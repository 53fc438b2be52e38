/* The scheduler's parts, and what they know of each other. One of it, for the life of the process; everything happens on its loop. */
#pragma once

#include <uv.h>

#include "core/clockset.h"
#include "core/flap.h"
#include "core/item.h"
#include "core/schedule.h"
#include "scheduler/service.h"

struct access;
struct actions;
struct alerts;
struct bus;
struct config;
struct control;
struct events;
struct files;
struct followings;
struct incidents;
struct heartbeat;
struct gatekeeper;
struct item;
struct journal;
struct network;
struct outbox;
struct pool;
struct resolver;
struct spooled;
struct store;

/** For status and metrics; counted since the start. */
struct run_counts {
  uint64_t finished, no_data;
  uint64_t late;         /* began more than a second after they were due */
  uint64_t skipped;      /* due times passed over because the run before was still going */
  int32_t late_us[4096]; /* how late the last runs began, a ring */
  size_t late_count;     /* how many were ever put in */
};

struct scheduler {
  uv_loop_t *loop;
  struct resolver *resolver;
  struct journal *journal;
  struct store *store;
  struct network *network;
  struct pool *pool;
  struct files *files;
  struct control *control;
  struct access *access;
  struct spooled *spooled;
  struct actions *actions;
  struct followings *followings;
  struct events *events;
  struct bus *bus;
  struct config *config;
  struct outbox *outbox;
  struct alerts *alerts;
  struct heartbeat *heartbeat;
  struct incidents *incidents;
  struct gatekeeper *gatekeeper;

  struct service *services;       /* catalogue: by name, retired ones too */
  struct item *items[ITEM_KINDS]; /* preflights and channels: by name */
  struct flap_rule flap;          /* of the settings, for services without their own */
  struct schedule schedule;
  int64_t first_run_us;    /* when the last first run is due: they keep a distance */
  uv_timer_t due_timer;    /* the next due time */
  uv_timer_t second_timer; /* sweep of what has grown stale */
  struct run_counts counts;
  struct clockset clockset; /* walltime.h */
  int64_t started_us;
};
