/* Whole small files: read with a cap, written so that a reader sees the old or the new one and never half. */
#pragma once

#include "base/err.h"

/** The file's bytes with a NUL behind them, to free(); NULL when it cannot be read or has more than cap bytes. len may be NULL. */
char *file_read(const char *path, size_t cap, size_t *len, struct err *e) MUST_CHECK;

/** Writes a temporary file beside it, syncs, renames. mode as in chmod(2). */
bool file_replace(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e) MUST_CHECK;
