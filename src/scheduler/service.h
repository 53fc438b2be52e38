/* A watched service as the scheduler knows it: its declaration, the rise/fall machine, the newest result, and when it is due.
 * Its state (everything but the declaration) is kept in the journal as JSON, so that a restart goes on where it was. */
#pragma once

#include <jansson.h>
#include <uthash.h>

#include "base/err.h"
#include "core/confirm.h"
#include "core/flap.h"
#include "core/histogram.h"
#include "core/schedule.h"
#include "scheduler/asking.h"

struct declaration;

struct service {
  char *name;
  struct declaration *declaration; /* NULL: retired, no file declares it now */
  char *file;                      /* that declares it, NULL when retired */

  struct confirm confirm;
  int64_t every_ms;             /* of the last declaration, to know how long a result speaks */
  int64_t up_us;                /* start of the present stretch without down or hole; 0: there is none */
  int64_t result_mono_ms;       /* when the newest result with data came, monotonic */
  int64_t latency_ms;           /* of that result, -1: none */
  struct histogram latencies;   /* since the scheduler's start */
  uint64_t ended[STATUS_COUNT]; /* runs by what came of them, no data too; since then */
  char *error;                  /* of that result, NULL: none */
  json_t *measures;             /* of that result, NULL: none */
  char *no_data_error;          /* why the last run had no data; NULL when it had */
  struct flap flap;
  int64_t flapping; /* since when it flaps (wall microseconds): it is not told of each change; 0: it does not */
  uint64_t skipped; /* due times passed over because the run before was still going, since the scheduler's start */

  struct due due;
  bool card_changed;           /* and has not gone out to those who watch */
  bool declared_anew;          /* only while its file's declarations are taken over */
  unsigned runners_ended;      /* by its last runs in a row: it is let run less and less often */
  int64_t rests_until_us;      /* wall clock, for that; 0: it does not */
  int64_t guilty_ms;           /* when one of its runs last ended a runner, monotonic; 0: never */
  bool running;                /* a run is on its way: none other is started */
  struct asking_list rechecks; /* those who asked for the run and wait for its outcome */
  UT_hash_handle hh;
};

/** A service without a past. */
struct service *service_new(const char *name);
void service_free(struct service *s);

/** The state as one line, to free(); mono_ms and wall_us are now. */
char *service_write_state(const struct service *s, int64_t mono_ms, int64_t wall_us);
/** Takes the state back; mono_ms and wall_us are now. A state that does not make sense is refused and leaves the service without a past. */
bool service_read_state(struct service *s, const char *json, int64_t mono_ms, int64_t wall_us, struct err *e) MUST_CHECK;

/** The rule of flap damping that holds for it. */
const struct flap_rule *service_flap_rule(const struct service *s, const struct flap_rule *of_settings);

/** Does its file declare that deed, in the group "can" (restart, logs, diagnose) or "actions"? */
bool service_declares(const struct service *s, const char *group, const char *deed);

/** Results speak for three intervals; is the newest one older than that (or is there none)? */
bool service_is_stale(const struct service *s, int64_t mono_ms);
