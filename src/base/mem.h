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

/** mem_new for one T. */
#define MEM_NEW(T) ((T *)mem_new(1, sizeof(T)))
