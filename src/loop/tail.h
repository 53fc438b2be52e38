/* The end of a log file that may be rotated at any moment. It may block as file systems do: it is called in a mount's helper process (mount_helper.c). */
#pragma once

#include "base/err.h"

/** The last bytes of the file, at most cap, to free(). Where it has fewer, or is not there for the moment, the ones before them come from the newest
 * uncompressed file that it was rotated to ("app.log.1", "app.log-20261124"). NULL when there is neither, or it is no ordinary file. */
char *tail_read(const char *path, size_t cap, size_t *len, struct err *e) MUST_CHECK;
