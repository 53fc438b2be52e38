/* Folders of scripts, watched: says soon after anything in one of them has changed, not what. By inotify, and by a look every second at what that does not
 * tell of: files that are links, folders that come, go or are replaced, file systems that other machines write to. */
#pragma once

#include <uv.h>

#include "base/base.h"

struct watch;

typedef void (*watch_fn)(void *arg);

/** Watches n folders, of which any may be missing for now. Lives until watch_free. */
struct watch *watch_new(uv_loop_t *loop, const char *const *paths, size_t n, watch_fn fn, void *arg);
/** Closes; what is left is released by itself when the loop has turned once more. NULL is nothing. */
void watch_free(struct watch *w);

/** Is it the name of a script: "*.lua" and not hidden? */
bool watch_is_script(const char *name);
