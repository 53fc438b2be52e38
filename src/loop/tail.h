/* The end of a log file that may be rotated at any moment. It may block as file systems do: it is called in a mount's helper process (mount_helper.c). */
#pragma once

#include "base/err.h"

/** The last bytes of the file, at most cap, to free(). Where it has fewer, or is not there for the moment, the ones before them come from the newest
 * uncompressed file that it was rotated to ("app.log.1", "app.log-20261124"). NULL when there is neither, or it is no ordinary file. */
char *tail_read(const char *path, size_t cap, size_t *len, struct err *e) MUST_CHECK;

/** A place in a log: which file, and how far into it. */
#define TAIL_PLACE_SIZE 80

/** Whole lines behind a place, to free(), over rotations: first the rest of the file of then, by whatever name it has now, then the new one. place "": from
 * the end, with at most cap bytes before it. Where the file has been truncated it begins anew. next: the place behind them. *gap: there was more than cap
 * bytes of either file, or the file of then is not there any more. */
char *tail_after(const char *path, const char *place, size_t cap, size_t *len, char next[TAIL_PLACE_SIZE], bool *gap,
                 struct err *e) MUST_CHECK;
