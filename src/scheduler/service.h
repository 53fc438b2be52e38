/* A watched service as the scheduler knows it: its declaration, the rise/fall machine, the newest result, and when it is due.
 * Its state (everything but the declaration) is kept in the journal as JSON, so that a restart goes on where it was. */
#pragma once

#include <jansson.h>
#include <uthash.h>

#include "base/err.h"
#include "core/confirm.h"
#include "core/schedule.h"
#include "scheduler/asking.h"

struct declaration;

struct service {
  char *name;
  struct declaration *declaration; /* NULL: retired, no file declares it now */
  char *file;                      /* that declares it, NULL when retired */

  struct confirm confirm;
  int64_t every_ms;       /* of the last declaration, to know how long a result speaks */
  int64_t up_us;          /* start of the present stretch without down or hole; 0: there is none */
  int64_t result_mono_ms; /* when the newest result with data came, monotonic */
  int64_t latency_ms;     /* of that result, -1: none */
  char *error;            /* of that result, NULL: none */
  json_t *measures;       /* of that result, NULL: none */
  char *no_data_error;    /* why the last run had no data; NULL when it had */

  struct due due;
  bool declared_anew;          /* only while its file's declarations are taken over */
  unsigned runners_ended;      /* by its last runs in a row: it is let run less and less often */
  bool running;                /* a run is on its way: none other is started */
  struct asking_list rechecks; /* those who asked for the run and wait for its outcome */
  UT_hash_handle hh;
};

/** A service without a past. */
struct service *service_new(const char *name);
void service_free(struct service *s);

/** The state as one line, to free(). */
char *service_write_state(const struct service *s);
/** Takes the state back; mono_ms and wall_us are now. A state that does not make sense is refused and leaves the service without a past. */
bool service_read_state(struct service *s, const char *json, int64_t mono_ms, int64_t wall_us, struct err *e) MUST_CHECK;

/** Results speak for three intervals; is the newest one older than that (or is there none)? */
bool service_is_stale(const struct service *s, int64_t mono_ms);
