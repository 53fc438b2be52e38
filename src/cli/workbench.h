/* The engine on the operator's desk: scripts built and run in this process, by the same code as in a runner. Used by check, run and backtest.
 * One a process; workbench_done at its end. */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "core/declaration.h"
#include "core/policy.h"
#include "script/run.h"

struct workbench {
  uv_loop_t loop;
  struct script_env env;
  json_t *settings;     /* of the folder's settings.lua, NULL: there is none */
  struct policy policy; /* what they say to Signalbox itself */
};

/** Starts the engine. secrets: a directory or NULL. */
bool workbench_init(struct workbench *w, const char *secrets, struct err *e) MUST_CHECK;
void workbench_done(struct workbench *w);

/** Reads `settings.lua` of the folder that a file lies in; none there is no failure. */
bool workbench_read_settings(struct workbench *w, const char *dir, struct err *e) MUST_CHECK;
/** Builds a script whose text was read already. */
struct script *workbench_build(struct workbench *w, const char *path, const char *source, struct err *e) MUST_CHECK;
/** Reads and builds a script file; to be let go with script_let_go. NULL with the file's fault. */
struct script *workbench_load(struct workbench *w, const char *path, struct err *e) MUST_CHECK;

/** The folder of checks that a file belongs to ("." when its path names none): the one that it lies in, or above `channels`. To free(). */
char *workbench_dir_of(const char *path);

/** What a run or a judgement said, on the caller's side of it. workbench_verdict_done releases it. */
struct verdict {
  enum status status;
  char *error; /* NULL: none */
  json_t *measures, *trace, *answer;
  int64_t latency_ms;
};

/** Runs the service's probe once and waits for it. */
void workbench_run(struct workbench *w, struct script *script, struct script_service *service, struct verdict *v);
/** Does what another function of an item is for ("diagnose", a preflight's "run") and waits for it. argument: what the function is called with, or NULL. */
void workbench_deed(struct workbench *w, struct script *script, enum item_kind kind, const char *name, const char *what,
                    const json_t *argument, int64_t timeout_ms, struct verdict *v);
/** Judges measures. */
void workbench_judge(struct script *script, struct script_service *service, const json_t *measures, struct verdict *v);
void workbench_verdict_done(struct verdict *v);
