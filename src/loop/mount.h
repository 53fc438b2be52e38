/* File system questions that may hang: each mount has a helper process of its own, which asks one thing at a time and can be abandoned.
 *
 * A dead NFS server puts whoever touches the mount into a sleep that not even SIGKILL ends. Nothing here touches a mount: the path is matched against
 * /proc/self/mountinfo, and the helper (forked, all descriptors closed) does the rest. While a helper hangs, no second one is started for its
 * mount, and whoever asks is told at once since when. One set for the process. */
#pragma once

#include <jansson.h>
#include <uv.h>

#include "base/err.h"

struct mount_ask;

/** answer: an object, NULL when there is none; then why has the sentence. */
typedef void (*mount_fn)(void *arg, const json_t *answer, const struct err *why);

/** op: "usage", "write_test", "exists", "size", "read" or "tail" (both with a cap in bytes; tail behind a place, see
 * tail_after in tail.h, unless after is NULL), "sha256" (mount_digest.h). path: absolute. fn is called once, always later. */
struct mount_ask *mount_ask(uv_loop_t *loop, const char *op, const char *path, const char *after, int64_t cap, int64_t timeout_ms,
                            mount_fn fn, void *arg);
/** fn will not be called. */
void mount_cancel(struct mount_ask *a);
/** Lets all helpers go; the loop turns once more. */
void mount_stop_all(void);
