/* One execution of a service's probe and judge, or of another function that an item declares (a deed): a coroutine that sleeps while its I/O is on
 * the way.
 *
 * Exactly one outcome a run, always from the loop or from run_start itself:
 *   the judge's or the limits' verdict                            -> that status
 *   an expected failure (op_raise with OP_DOWN), the run's timeout -> down
 *   a bug, a spent budget, a measure that a limit misses          -> no data
 * A deed that returns is healthy, and its outcome carries what it returned.
 * A run that was stopped is never resumed: its coroutine is dropped, its pending operation cancelled, its connections closed. */
#pragma once

#include "script/script.h"

/** What came of it; the texts and measures are valid during the call. */
struct run_outcome {
  enum status status;
  const char *error;      /* NULL: nothing to say */
  const json_t *measures; /* NULL: none */
  int64_t latency_ms;     /* -1: none */
  const json_t *answer;   /* of a deed, NULL: it returned nothing */
  bool reached;           /* another machine has answered */
  bool unreached;         /* one has not, or not as expected: perhaps our own network is gone */
  const json_t *trace;    /* [{"what", "ms"}], each I/O call in order, when the environment asks for it; else NULL */
};

struct run;
typedef void (*run_done_fn)(void *arg, const struct run_outcome *outcome);

/** Starts a run; done is called once, perhaps before run_start returns. Holds the script until then. */
void run_start(struct script *script, struct script_service *service, int64_t timeout_ms, run_done_fn done, void *arg);
/** The same, with every I/O operation and its time in the outcome. */
void run_start_traced(struct script *script, struct script_service *service, int64_t timeout_ms, run_done_fn done, void *arg);

/** Starts a deed: "restart", "action:free-vram", "send" ... argument: what the function is called with, NULL: nothing. what is copied, the target's
 * texts are the script's. An item that declares no such function: no data, with that sentence. */
void run_deed(struct script *script, const struct script_target *target, const char *what, const json_t *argument, int64_t timeout_ms,
              run_done_fn done, void *arg);

/** Judges measures that were taken before: no probe, no I/O, no waiting. done is called before it returns. */
void run_judge(struct script *script, struct script_service *service, const json_t *measures, run_done_fn done, void *arg);

/** How long, milliseconds, until another run of this file should begin: its runs together get WATCHDOG_BUDGET_MS of CPU time a second, so that a file of
 * many services that all spin delays its neighbours no more than one that does. 0: it may begin now. */
int64_t run_wait_ms(const struct script *script);

/** Ends all runs without outcomes (the process is about to end). */
void run_cancel_all(void);
