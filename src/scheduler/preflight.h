/* An item of the startup checklist as the scheduler knows it: a preflight that a file declares, or a critical service in its own name. What is known of it
 * is kept in the journal, so that a quick restart goes on where it was. Stamps are wall-clock microseconds; intervals are the pure part's
 * (core/gate.h), monotonic. */
#pragma once

#include <jansson.h>
#include <uthash.h>

#include "base/err.h"
#include "core/gate.h"

/** What a critical service is called on the checklist: "service:<name>". */
#define PREFLIGHT_SERVICE_PREFIX "service:"

struct preflight_override {
  char *by, *reason; /* by NULL: there is none */
  int64_t at_us, expires_us;
};

struct checklist;

struct preflight {
  struct checklist *checklist;
  char *name, *title, *help; /* help NULL: none */
  char *file;                /* that declares it */
  json_t *declaration;       /* of a preflight (core/item.h); NULL: a critical service */
  int64_t every_ms;          /* of a preflight with a function: between two runs */

  struct gate_check check;
  char *error;           /* why it has not passed; NULL: it has, or nothing is known */
  int64_t checked_us;    /* 0: never */
  int64_t failing_us;    /* 0: it does not fail */
  int64_t latency_ms;    /* of the newest run, -1: none */
  enum gate_state state; /* as it was told last, and since when */
  int64_t since_us;
  struct preflight_override override;

  int64_t taken_ms; /* when the newest result came, monotonic */
  int64_t due_ms;   /* the next run, monotonic */
  int position;     /* in the order of declaration */
  bool is_running;  /* a run is on its way */
  bool is_listed;   /* only while the checklist is compared with what is declared */
  UT_hash_handle hh;
};

struct preflight *preflight_new(const char *name);
void preflight_free(struct preflight *p);

/** Is it a function's to decide, and not that of services? */
bool preflight_is_run(const struct preflight *p);

/** Takes a result that came now; error NULL: none. */
void preflight_take(struct preflight *p, enum gate_result result, const char *error, int64_t latency_ms, int64_t wall_us, int64_t mono_ms);

/** Replaces the override: until_us in wall time, which is left_ms from now. */
void preflight_override(struct preflight *p, const char *by, const char *reason, int64_t wall_us, int64_t mono_ms, int64_t left_ms);
void preflight_lift(struct preflight *p);

/** The wall clock was set: stamps move with it. */
void preflight_clock_set(struct preflight *p, int64_t by_us);

/** As clients see it: {"name","title","help","required","passed","state","error","since","checked_at","failing_since","grace_ms","latency_ms",
 * "blocking","running","override"}. */
json_t *preflight_present(const struct preflight *p, const struct gate *g, int64_t mono_ms);

/** What the journal keeps of it, as one line, to free(). */
char *preflight_write_state(const struct preflight *p);
/** Takes it back. go_on: the scheduler was away for no longer than its lease, so that results still count; else only the override does.
 * A state that makes no sense is refused and changes nothing. */
bool preflight_read_state(struct preflight *p, const char *text, bool go_on, int64_t wall_us, int64_t mono_ms, struct err *e) MUST_CHECK;
