/* Programs run as children of the loop: an argument vector, never a shell; output with a cap; a deadline.
 *
 * A child leads a session of its own. At its deadline its whole process group gets SIGTERM, and SIGKILL CHILD_GRACE_MS later. Descendants that left the
 * group come to this process when their parent dies (it is their subreaper) and are killed then: nothing outlives its run.
 * Lives from child_start to its callback or child_cancel. */
#pragma once

#include <uv.h>

#include "base/err.h"

#define CHILD_GRACE_MS 500

struct child;

struct child_command {
  char *const *argv;      /* NULL-terminated; argv[0] is searched in PATH */
  const char *const *env; /* "NAME=value" in addition to PATH, HOME, LANG; NULL-terminated, or NULL */
  const char *cwd;        /* NULL: "/" */
  const char *input;      /* its standard input; NULL: none */
  size_t input_len;
  size_t output_cap; /* most bytes of stdout, and of stderr */
  int64_t timeout_ms;
};

struct child_result {
  int code;                 /* exit code, when no signal ended it */
  int signal;               /* 0: none */
  bool timed_out;           /* it was ended at its deadline */
  bool truncated;           /* it wrote more than the cap */
  const char *out, *errors; /* NUL-terminated; valid during the call */
  size_t out_len, errors_len;
};

typedef void (*child_fn)(void *arg, const struct child_result *result);

/** NULL with a sentence when the program cannot be started. Else fn is called once, always later. */
struct child *child_start(uv_loop_t *loop, const struct child_command *command, child_fn fn, void *arg, struct err *e) MUST_CHECK;
/** fn will not be called; the child is ended as at its deadline. */
void child_cancel(struct child *c);

/** A process that was started elsewhere (a mount's helper, a runner) and is not to be taken for a stray; and not any more. */
void child_adopt(int pid);
void child_disown(int pid);
/** From now on descendants whose parent has died come to this process. */
void child_receive_strays(void);
/** Kills those that came: after the death of a process that had children. One that cannot die yet (it sleeps in the kernel) is not waited for; the next call
 * finds it again. */
void child_end_strays(void);
