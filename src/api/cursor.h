/* Where a list of checks goes on: an opaque text that a client sends back as it came. It holds the range's beginning, so that a default such as
 * "the last 24 hours" does not move while somebody pages, and the last row that was given out. Pure. */
#pragma once

#include "base/base.h"

struct cursor {
  int64_t since_us; /* the range's beginning */
  int64_t at_us;    /* checked_at of the last row given out */
  int64_t id;       /* its id, which orders rows of the same moment */
};

#define CURSOR_SIZE 64

/** The text; returns it. */
const char *cursor_write(const struct cursor *c, char text[CURSOR_SIZE]);
/** False for any text that cursor_write does not write. */
bool cursor_read(const char *text, struct cursor *c) MUST_CHECK;
