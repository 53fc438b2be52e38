/* Text that grows up to a cap given at its birth. Always NUL-terminated once something was written; may hold any bytes.
 * A write that would pass the cap writes nothing more and is remembered in .full: callers write on and ask once at the end.
 * Storage is the caller's struct; the bytes are the buf's until buf_done or buf_take. */
#pragma once

#include "base/base.h"

struct buf {
  char *data; /* NULL until the first write */
  size_t len; /* bytes, without the NUL */
  size_t room;
  size_t cap; /* most bytes it may hold */
  bool full;  /* a write was refused: what is there is not all */
};

/** Starts empty; cap in bytes. */
void buf_init(struct buf *b, size_t cap);
/** Releases the bytes; the buf may be initialised again. */
void buf_done(struct buf *b);
/** Empties it and keeps the memory. */
void buf_clear(struct buf *b);
/** Appends n bytes; false when the cap would be passed (nothing is appended then). */
bool buf_add(struct buf *b, const void *bytes, size_t n);
/** Appends a text. */
bool buf_add_text(struct buf *b, const char *text);
/** Appends as printf does. */
bool buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/** Drops the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);
/** Gives the bytes away as a text to free(); never NULL. The buf is empty afterwards. */
char *buf_take(struct buf *b);
/** The text, "" when nothing was written; valid until the next write. */
const char *buf_text(const struct buf *b);
