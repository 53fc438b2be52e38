/* Logs of a container without a terminal, as the Docker Engine sends them: frames of a header of eight bytes (stream: 0, 1 or 2; three zeroes; the
 * length, big endian) and as many bytes (Docker Engine API, "Attach to a container", stream format). Pure. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/** Appends what is in the frames, of both streams in their order; a last frame that was cut off counts as far as it goes. False when these are no
 * frames. */
bool dockerlog_join(const char *bytes, size_t len, struct buf *out, struct err *e) MUST_CHECK;
