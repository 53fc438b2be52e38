/* Memory that is there or the program ends: running out of it aborts with a line in the log, so that no caller has to handle it.
 * What outsiders can make grow is capped elsewhere (struct buf, the Lua allocator, line lengths). All is released with free(). */
#pragma once

#include "base/base.h"

/** Zeroed memory for n items of size bytes; a product that overflows aborts too. */
void *mem_new(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/** p grown or shrunk to n items of size bytes; what is new is not zeroed. */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

/** A copy of s; NULL stays NULL. */
char *mem_copy_text(const char *s) __attribute__((malloc));

/** A copy of n bytes with a NUL behind them. */
char *mem_copy_bytes(const void *s, size_t n) __attribute__((malloc, returns_nonnull));

/** A new text made as with printf. */
char *mem_printf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((malloc, returns_nonnull));

/** For programs that go on for ever, once: what is freed stays theirs up to some MiB, for what is allocated next. Who fills and empties large buffers would
 * otherwise hand their pages to the kernel and have them made anew each time: a tenth of a check's CPU time, a fifth of an overview's. */
void mem_keep_freed(void);

/** mem_new for one T. */
#define MEM_NEW(T) ((T *)mem_new(1, sizeof(T)))
