/* A unit of systemd: what its manager says of it over D-Bus (org.freedesktop.systemd1(5)), and restarting it.
 *
 * Restarting is more than the manager's "done": a job that started a program is done although the program dies a moment later. So the unit is looked at
 * when its job is done and once more after it has had time to settle, and each way to fail has its sentence: an unknown unit, one that this
 * user may not restart, a job that failed, a program that died, one that does not heed SIGTERM. Each ask has a connection of its own. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct unit_ask;

/** As systemd spells them. Numbers that it does not tell are -1, stamps that it does not have 0. */
struct unit_state {
  char load[24], active[24], sub[32]; /* "loaded", "active", "running" */
  char type[24], result[32];          /* of services: "simple", "exit-code"; else "" */
  int64_t active_since_us;            /* when it last became active, wall clock */
  int64_t memory_bytes, restarts;     /* restarts: by systemd itself, since the last start by hand */
  int64_t main_pid, exit_status;      /* of its main process */
  int64_t stop_timeout_us;
};

/** state is NULL when there is none: why has the sentence then, and no_data says that nothing is known of the unit (the bus does not answer). */
typedef void (*unit_fn)(void *arg, const struct unit_state *state, bool no_data, const struct err *why);

/** Is it a name that systemd could have for a unit, with its suffix (systemd.unit(5))? */
bool unit_name_is_valid(const char *name);

/** Asks for its state. fn is called once, always later; NULL with a sentence when the bus cannot be reached at all. */
struct unit_ask *unit_status(uv_loop_t *loop, const char *address, const char *name, int64_t timeout_ms, unit_fn fn, void *arg,
                             struct err *e) MUST_CHECK;

/** Restarts it: success when it is active settle_ms after its job was done (a oneshot: when it succeeded). At timeout_ms the job goes on, but is not waited for; a
 * second more may go by until fn is called. */
struct unit_ask *unit_restart(uv_loop_t *loop, const char *address, const char *name, int64_t timeout_ms, int64_t settle_ms, unit_fn fn,
                              void *arg, struct err *e) MUST_CHECK;

/** fn will not be called. A job that was begun goes on. */
void unit_cancel(struct unit_ask *a);
